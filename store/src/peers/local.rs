use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::{Handler, Lane, Transport, TransportError};
use crate::Member;

/// A network within one process: members by number, links that can be cut and healed. Messages are not encrypted.
#[derive(Clone, Debug, Default)]
pub struct LocalNetwork(Arc<Mutex<Links>>);

#[derive(Default)]
struct Links {
    members: HashMap<u64, Arc<dyn Handler>>,
    cut: HashSet<(u64, u64)>,
    changed: watch::Sender<()>,
}

impl LocalNetwork {
    /// The way of member `id` into this network.
    pub fn transport(&self, id: u64) -> LocalTransport {
        LocalTransport { network: self.clone(), id }
    }

    /// Nothing passes between the two any more; what is on its way is lost.
    pub fn cut(&self, one: u64, other: u64) {
        let mut links = self.0.lock();
        links.cut.extend([(one, other), (other, one)]);
        links.changed.send_replace(());
    }

    /// For the others the process of member `id` has ended, until it serves again; what it says reaches nobody.
    pub fn end(&self, id: u64) {
        self.set(id, None);
        let others: Vec<u64> = self.0.lock().members.keys().copied().collect();
        others.into_iter().for_each(|other| self.cut(id, other));
    }

    /// Everything passes again.
    pub fn heal(&self) {
        self.0.lock().cut.clear();
    }

    /// Lets `handler` answer for the member `id`; nobody, where it is `None`.
    fn set(&self, id: u64, handler: Option<Arc<dyn Handler>>) {
        let mut links = self.0.lock();
        match handler {
            Some(handler) => drop(links.members.insert(id, handler)),
            None => drop(links.members.remove(&id)),
        }
        links.changed.send_replace(());
    }

    fn handler(&self, from: u64, to: u64) -> Option<Arc<dyn Handler>> {
        let links = self.0.lock();
        if links.cut.contains(&(from, to)) { None } else { links.members.get(&to).cloned() }
    }

    /// Returns when `holds` of the links.
    async fn until(&self, holds: impl Fn(&Links) -> bool) {
        let mut changed = self.0.lock().changed.subscribe();
        while !holds(&self.0.lock()) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("members", &self.members.keys()).field("cut", &self.cut).finish_non_exhaustive()
    }
}

/// One member's way into a [`LocalNetwork`].
#[derive(Clone, Debug)]
pub struct LocalTransport {
    network: LocalNetwork,
    id: u64,
}

#[async_trait]
impl Transport for LocalTransport {
    async fn call(&self, to: &Member, _lane: Lane, message: Bytes, limit: Duration) -> Result<Bytes, TransportError> {
        let handler = self.network.handler(self.id, to.id);
        let handler = handler.ok_or_else(|| TransportError::Unreachable(to.id, "there is no way".into()))?;
        tokio::select! {
            answer = tokio::time::timeout(limit, handler.handle(message)) => {
                answer.map_err(|_| TransportError::Unanswered(to.id, format!("nothing within {limit:?}")))
            }
            () = self.network.until(|links| links.cut.contains(&(self.id, to.id))) => {
                Err(TransportError::Unanswered(to.id, "the link was cut".into()))
            }
        }
    }

    async fn gone(&self, member: &Member) {
        self.network.until(|links| links.members.contains_key(&member.id)).await;
        self.network.until(|links| !links.members.contains_key(&member.id)).await;
    }

    async fn serve(&self, handler: Arc<dyn Handler>) {
        let _here = Present { network: self.network.clone(), id: self.id };
        self.network.set(self.id, Some(handler));
        std::future::pending().await
    }
}

/// Takes a member out of the network when it no longer serves.
struct Present {
    network: LocalNetwork,
    id: u64,
}

impl Drop for Present {
    fn drop(&mut self) {
        self.network.set(self.id, None);
    }
}
