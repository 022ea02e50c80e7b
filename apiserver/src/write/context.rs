//! What the steps of one write share.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::request::{Request, RequestId};
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use serde_json::Value;

use crate::custom::{Served, as_if_stored, served_one};
use crate::decode::{DeleteOptions, WriteOptions};
use crate::manage::Conversions;
use crate::mutate::Concerned;
use crate::server::{Content, Server, Unstored};

/// One write on its way.
pub(crate) struct Context<'a> {
    /// The server.
    pub server: &'a Server,
    /// The row of the path.
    pub kind: &'a Arc<Kind>,
    /// The row that the collection is stored as; usually the same.
    pub stored: Arc<Kind>,
    /// The plug-ins that have a say about it.
    pub concerned: Concerned,
    /// The request.
    pub request: &'a Request,
    /// Its query.
    pub options: WriteOptions,
    /// How to delete, once that is known.
    pub deletion: Option<DeleteOptions>,
    /// Its time.
    pub now: Time,
    /// Its id, chosen here where the client chose none.
    pub id: RequestId,
    /// What the client shall be warned of.
    pub warnings: Vec<String>,
    /// What a webhook made of the object in the versions of its managers.
    pub conversions: Conversions,
    /// Whether admission is over: it was asked about what the request brought, which is not what is stored.
    pub asked: bool,
    /// Whether the current object is stored otherwise than it would be now: a write without a change rewrites it.
    pub stale: bool,
}

impl<'a> Context<'a> {
    /// The context of `request`.
    ///
    /// # Errors
    /// 422 for a wrong option.
    pub fn new(server: &'a Server, kind: &'a Arc<Kind>, request: &'a Request) -> Result<Self, Status> {
        let stored = server.stored_row(kind);
        Ok(Self {
            server,
            kind,
            concerned: Concerned::of(server, &stored),
            stored,
            request,
            options: WriteOptions::read(request)?,
            deletion: None,
            now: server.now(),
            id: request.id.unwrap_or_else(|| RequestId(server.random())),
            warnings: Vec::new(),
            conversions: Conversions::default(),
            asked: false,
            stale: false,
        })
    }

    /// The current object as the path's row serves it; notes whether it is stored as it would be now.
    ///
    /// # Errors
    /// 500 where it cannot be converted.
    pub async fn serve(&mut self, object: Arc<Object>) -> Result<Arc<Object>, Status> {
        let Served { object, stale } = served_one(&self.server.webhooks, self.kind, object).await?;
        self.stale = stale;
        Ok(object)
    }

    /// `status` with what the client shall be warned of: a refusal is no reason to keep that back.
    pub fn warned(&mut self, status: Status) -> Status {
        status.warned(std::mem::take(&mut self.warnings))
    }

    /// What a dry run answers with: `object`, which would have been stored.
    ///
    /// # Errors
    /// 500 where it cannot be converted.
    pub async fn unstored(&self, object: Value) -> Result<Content, Status> {
        let mut object = as_if_stored(&self.server.webhooks, self.kind, object).await?;
        self.as_served(&mut object);
        let (kind, subresource) = (Arc::clone(self.kind), self.request.target.subresource.clone());
        Ok(Content::Unstored(Unstored { kind, subresource, object }))
    }

    /// Turns an object of the path's version into the stored one.
    pub fn to_stored(&self, object: &mut Value) {
        if let Some(conversion) = &self.kind.conversion {
            (conversion.to_stored)(object);
        }
    }

    /// Turns a stored object into the path's version.
    pub fn as_served(&self, object: &mut Value) {
        if let Some(conversion) = &self.kind.conversion {
            (conversion.from_stored)(object);
        }
    }
}
