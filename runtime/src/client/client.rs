//! How reconcilers and the command line reach an API server.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use kontiki_api::meta::{Resource, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use kontiki_api::time::Time;

/// A successful answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status code (200, 201, 202).
    pub code: u16,
    /// The body, JSON.
    pub body: Bytes,
    /// The object, where the answer is one and it came from this process.
    pub object: Option<Arc<Object>>,
    /// The revision the answer shows: of the object, or of the list.
    pub revision: Option<Revision>,
}

/// A connection to an API server: the same process, or any conformant one over HTTP.
#[async_trait]
pub trait Client: Send + Sync + 'static {
    /// Sends one request and waits for its answer. Over HTTP the connection's own credentials
    /// apply and `user`, `cause` stay here.
    ///
    /// # Errors
    /// The server's refusal; `Reason::Timeout` where the outcome is not known.
    async fn call(&self, request: Request) -> Result<Answer, Status>;

    /// Everything of `interest`, now and from now on. Never ends but with the connection's owner:
    /// a broken connection is resumed, a 410 becomes a fresh snapshot. An object that leaves a
    /// selection is delivered as deleted. `Interest::All` in the same process starts with a snapshot
    /// of `resources: None`; otherwise each collection starts with a snapshot that names it.
    fn feed(&self, interest: Interest) -> BoxStream<'static, Feed>;
}

/// What a World wants to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Every object of the cluster.
    All,
    /// These selections.
    Some(Vec<Selection>),
}

/// One collection, perhaps only part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The collection.
    pub resource: Resource,
    /// `apiVersion` to read it at.
    pub api_version: String,
    /// Field selector, such as `spec.nodeName=n1`; empty for all.
    pub fields: String,
}

/// What a feed delivers.
#[derive(Clone, Debug)]
pub enum Feed {
    /// The complete content of some collections: replaces what the World holds of them.
    Snapshot {
        /// The collections replaced; `None` for all.
        resources: Option<Vec<Resource>>,
        /// As of this revision.
        revision: Revision,
        /// The objects.
        objects: Vec<Arc<Object>>,
    },
    /// The changes of one commit (in process) or one watch event (over HTTP).
    Changes {
        /// The commit's end, or the event's revision.
        revision: Revision,
        /// The commit's time; the receipt's over HTTP.
        time: Time,
        /// The changes, in order.
        changes: Vec<Changed>,
    },
    /// Nothing else changed up to here: a bookmark.
    Progress {
        /// The collections this holds for; `None` for all.
        resources: Option<Vec<Resource>>,
        /// Up to this revision.
        revision: Revision,
    },
}

/// One changed object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The state from now on; the last one for a deletion.
    pub object: Arc<Object>,
    /// Whether the object is gone.
    pub deleted: bool,
}
