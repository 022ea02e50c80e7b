//! What a request is answered with.

use std::sync::Arc;

use bytes::Bytes;
use kontiki_api::Text;
use kontiki_api::kind::Kind;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::status::Status;
use serde_json::Value;

use crate::encode;
use crate::prepare::meta_text;
use crate::read::WatchStream;

/// A successful answer.
pub struct Answer {
    /// HTTP status code: 200, 201 or 202.
    pub code: u16,
    /// What is answered.
    pub content: Content,
    /// `Warning` headers for the client.
    pub warnings: Vec<String>,
}

/// The content of an answer, not yet in any media type.
pub enum Content {
    /// A stored object, in the version of the row.
    Object(Arc<Kind>, Arc<Object>),
    /// Many objects.
    List(List),
    /// An object that is not stored as it is: a Scale, the result of a dry run.
    Unstored(Unstored),
    /// Anything else: a Status, the answer to a question.
    Value(Value),
    /// Changes as they come.
    Watch(Arc<Kind>, WatchStream),
}

/// An object that is not stored as it is.
#[derive(Debug)]
pub struct Unstored {
    /// The row of the path.
    pub kind: Arc<Kind>,
    /// The subresource of the path, whose columns its table has; empty for the object itself.
    pub subresource: Text,
    /// The object, in the version of the row.
    pub object: Value,
}

/// One page of a collection.
#[derive(Debug)]
pub struct List {
    /// The row of the items.
    pub kind: Arc<Kind>,
    /// The revision the list shows.
    pub revision: Revision,
    /// The objects, in key order.
    pub objects: Vec<Arc<Object>>,
    /// Token of the next page.
    pub next: Option<String>,
    /// How many objects follow, where that is known.
    pub remaining: Option<u64>,
}

impl Answer {
    /// 200 with `content`.
    pub const fn ok(content: Content) -> Self {
        Self { code: 200, content, warnings: Vec::new() }
    }

    /// What another master answered.
    ///
    /// # Errors
    /// Its refusal.
    pub(crate) fn from_leader(response: &http::Response<Bytes>) -> Result<Self, Status> {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if response.status().is_success() {
            return Ok(Self { code: response.status().as_u16(), content: Content::Value(body), warnings: Vec::new() });
        }
        let unreadable = || Status::internal(format!("the leader answers {} without a reason", response.status()));
        Err(Status::from_value(&body).unwrap_or_else(unreadable))
    }

    /// The object, where the answer is a stored one.
    pub const fn object(&self) -> Option<&Arc<Object>> {
        match &self.content {
            Content::Object(_, object) => Some(object),
            _ => None,
        }
    }

    /// The revision the answer shows: of the object, or of the list.
    pub fn revision(&self) -> Option<Revision> {
        match &self.content {
            Content::Object(_, object) => Some(object.revision),
            Content::List(list) => Some(list.revision),
            Content::Unstored(Unstored { object, .. }) | Content::Value(object) => {
                Revision::parse(meta_text(object, "resourceVersion"))
            }
            Content::Watch(..) => None,
        }
    }

    /// The answer as JSON; empty for a watch.
    pub fn to_json(&self) -> Bytes {
        match &self.content {
            Content::Object(kind, object) => encode::object(kind, object),
            Content::List(list) => encode::list(list),
            Content::Unstored(Unstored { object, .. }) | Content::Value(object) => Bytes::from(object.to_string()),
            Content::Watch(..) => Bytes::new(),
        }
    }
}
