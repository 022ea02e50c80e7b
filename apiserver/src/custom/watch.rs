//! Watches of custom kinds.

use std::sync::Arc;

use futures::StreamExt;
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::status::Status;
use kontiki_store::{Batch, Range, Watch};

use super::{KindTable, served_one};
use crate::server::Server;
use crate::webhook::Webhooks;

/// What a watch of a custom kind needs while it runs.
pub(crate) struct CustomWatch {
    kinds: Arc<KindTable>,
    webhooks: Arc<Webhooks>,
    kind: Arc<Kind>,
}

/// What becomes of the definition of a custom kind that is watched.
pub(crate) struct Redefinition {
    kinds: Arc<KindTable>,
    kind: Arc<Kind>,
    changes: Watch,
    begun: bool,
}

impl Redefinition {
    /// Of `kind`; `None` where that is built in.
    pub fn of(server: &Server, kind: &Arc<Kind>) -> Option<Self> {
        let range = Range::Key(kind.custom.as_ref()?.crd().object.key.clone());
        let store = &server.config.store;
        let changes = store.watch(&range, store.revision()).ok()?;
        Some(Self { kinds: Arc::clone(&server.kinds), kind: Arc::clone(kind), changes, begun: false })
    }

    /// Waits until the definition is no longer what it was.
    pub async fn wait(&mut self) {
        loop {
            // The first time at once: it may have changed before it was watched.
            if std::mem::replace(&mut self.begun, true) && !matches!(self.changes.next().await, Some(Ok(_))) {
                return;
            }
            if !self.kinds.is_current(&self.kind) {
                return;
            }
        }
    }
}

impl CustomWatch {
    /// For a watch of `kind`; `None` where that is built in.
    pub fn of(server: &Server, kind: &Arc<Kind>) -> Option<Self> {
        kind.custom.as_ref()?;
        Some(Self { kinds: Arc::clone(&server.kinds), webhooks: Arc::clone(&server.webhooks), kind: Arc::clone(kind) })
    }

    /// Whether changes can be told: the definition is what it was, or is gone and with it all objects. Where not, the client shall
    /// watch afresh.
    pub fn tells(&self) -> bool {
        self.kinds.is_current(&self.kind) || self.kinds.row(&self.kind.group, &self.kind.version, &self.kind.plural).is_none()
    }

    /// Brings the objects of `batch` to the version watched; `previous` ones as well, where they are told or the selection reads
    /// them.
    ///
    /// # Errors
    /// 500 where one cannot be converted.
    pub async fn convert(&self, batch: &mut Batch, previous: bool) -> Result<(), Status> {
        let mut events = batch.events.to_vec();
        for event in &mut events {
            // Of a deletion the state before it is told.
            if !event.deleted || event.previous.is_none() {
                event.object = self.one(&event.object).await?;
            }
            if let Some(before) = event.previous.as_mut().filter(|_| previous || event.deleted) {
                *before = self.one(before).await?;
            }
        }
        batch.events = events.into();
        Ok(())
    }

    async fn one(&self, object: &Arc<Object>) -> Result<Arc<Object>, Status> {
        Ok(served_one(&self.webhooks, &self.kind, Arc::clone(object)).await?.object)
    }
}
