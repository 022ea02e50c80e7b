//! A client of a cluster in memory, with faults on demand.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use kontiki_api::meta::Revision;
use kontiki_api::request::Request;
use kontiki_api::status::{Reason, Status};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use super::MemoryCluster;
use crate::client::{Answer, Changed, Client, Feed, Interest};

/// What happens to one call.
#[derive(Clone, Debug, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It is refused.
    Refuse(Status),
    /// It never arrives; the caller does not know.
    LostRequest,
    /// It is done, but the caller does not know.
    LostAnswer,
    /// It is done this much later.
    Delay(Duration),
}

type Faults = dyn Fn(&Request) -> Fault + Send + Sync;

/// A client of a [`MemoryCluster`]. Clones share it.
#[derive(Clone)]
pub struct MemoryClient {
    cluster: Arc<Mutex<MemoryCluster>>,
    moved: Arc<watch::Sender<Revision>>,
    faults: Arc<Mutex<Arc<Faults>>>,
    lag: Arc<Mutex<Duration>>,
}

impl Default for MemoryClient {
    fn default() -> Self {
        Self {
            cluster: Arc::default(),
            moved: Arc::new(watch::Sender::new(Revision::ZERO)),
            faults: Arc::new(Mutex::new(Arc::new(|_: &Request| Fault::None))),
            lag: Arc::default(),
        }
    }
}

impl MemoryClient {
    /// Looks into the cluster or changes it; watchers learn of changes afterwards.
    pub fn with<T>(&self, act: impl FnOnce(&mut MemoryCluster) -> T) -> T {
        let mut cluster: MutexGuard<'_, MemoryCluster> = self.cluster.lock();
        let result = act(&mut cluster);
        self.moved.send_replace(cluster.revision());
        result
    }

    /// From now on `faults` decides what happens to each call.
    pub fn set_faults(&self, faults: impl Fn(&Request) -> Fault + Send + Sync + 'static) {
        *self.faults.lock() = Arc::new(faults);
    }

    /// From now on each change reaches feeds this much after the one before it: Worlds fall behind.
    pub fn set_lag(&self, lag: Duration) {
        *self.lag.lock() = lag;
    }

    /// Returns once `condition` holds of the cluster.
    pub async fn until(&self, condition: impl Fn(&MemoryCluster) -> bool) {
        let mut moved = self.moved.subscribe();
        while !condition(&self.cluster.lock()) {
            if moved.changed().await.is_err() {
                return;
            }
        }
    }
}

impl std::fmt::Debug for MemoryClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryClient")
    }
}

#[async_trait]
impl Client for MemoryClient {
    async fn call(&self, request: Request) -> Result<Answer, Status> {
        let faults = Arc::clone(&*self.faults.lock());
        let lost = || Status::new(Reason::Timeout, "the answer did not arrive");
        match faults(&request) {
            Fault::None => self.with(|cluster| cluster.call(&request)),
            Fault::Refuse(status) => Err(status),
            Fault::LostRequest => Err(lost()),
            Fault::LostAnswer => self.with(|cluster| cluster.call(&request)).and(Err(lost())),
            Fault::Delay(time) => {
                tokio::time::sleep(time).await;
                self.with(|cluster| cluster.call(&request))
            }
        }
    }

    fn feed(&self, interest: Interest) -> BoxStream<'static, Feed> {
        let (cluster, moved, lag) = (Arc::clone(&self.cluster), self.moved.subscribe(), Arc::clone(&self.lag));
        let feeds = futures::stream::unfold((cluster, moved, None), move |(cluster, mut moved, from)| {
            let (interest, lag) = (interest.clone(), *lag.lock());
            async move {
                let feed = loop {
                    if let Some(feed) = next(&cluster.lock(), &interest, from) {
                        break feed;
                    }
                    moved.changed().await.ok()?;
                };
                if !lag.is_zero() && from.is_some() {
                    tokio::time::sleep(lag).await;
                }
                let from = revision_of(&feed);
                Some((feed, (cluster, moved, Some(from))))
            }
        });
        feeds.boxed()
    }
}

/// The next thing a feed at `from` delivers; `None` where it must wait.
fn next(cluster: &MemoryCluster, interest: &Interest, from: Option<Revision>) -> Option<Feed> {
    let Some(from) = from else {
        let objects = cluster.objects().filter(|object| wants(interest, object)).cloned().collect();
        let resources = match interest {
            Interest::All => None,
            Interest::Some(selections) => Some(selections.iter().map(|selection| selection.resource.clone()).collect()),
        };
        return Some(Feed::Snapshot { resources, revision: cluster.revision(), objects });
    };
    let (revision, changed): &(Revision, Changed) = cluster.changes_after(from).next()?;
    if !wants(interest, &changed.object) {
        return Some(Feed::Progress { resources: Some(Vec::new()), revision: *revision });
    }
    Some(Feed::Changes { revision: *revision, time: cluster.now(), changes: vec![changed.clone()] })
}

/// Field selectors are not played: a collection is wanted whole.
fn wants(interest: &Interest, object: &kontiki_api::object::Object) -> bool {
    match interest {
        Interest::All => true,
        Interest::Some(selections) => selections.iter().any(|selection| selection.resource == object.key.resource),
    }
}

fn revision_of(feed: &Feed) -> Revision {
    match feed {
        Feed::Snapshot { revision, .. } | Feed::Changes { revision, .. } | Feed::Progress { revision, .. } => *revision,
    }
}
