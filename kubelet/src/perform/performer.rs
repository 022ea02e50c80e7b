//! Does the kubelet's effects.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use kontiki_runtime::client::Client;
use kontiki_runtime::effect::EffectPort;
use kontiki_runtime::observe::Observation;
use tokio::sync::Semaphore;

use super::{Folders, NodeObservation, Registry, Sink, clear, container, image, probe, sandbox, stop, volume};
use crate::clock::Clock;
use crate::effect::{Doing, EffectKey, PodEffect};
use crate::labels::Owner;
use crate::network::{Addresses, Bridge, Outside};
use crate::observed::Attempted;
use crate::runtime::ContainerRuntime;

/// How many containers are made at once: Docker becomes slower, not faster, with more.
const AT_ONCE: usize = 8;

/// The pod network of this node.
#[derive(Debug)]
pub struct Network {
    /// The pods' bridge.
    pub bridge: Bridge,
    /// Their addresses.
    pub addresses: Addresses,
    /// Their way out of the node.
    pub outside: Outside,
}

impl Network {
    /// Takes bridge and rules away, once no pod is left.
    pub async fn close(&self) {
        self.outside.close().await;
        self.bridge.remove().await;
    }
}

/// Does the kubelet's effects through a container runtime. Cheap to clone.
#[derive(Clone)]
pub struct Performer {
    pub(super) runtime: Arc<dyn ContainerRuntime>,
    pub(super) network: Option<Arc<Network>>,
    pub(super) client: Arc<dyn Client>,
    pub(super) folders: Folders,
    pub(super) registry: Arc<Registry>,
    pub(super) sink: Sink,
    pub(super) clock: Clock,
    pub(super) owner: Arc<Owner>,
    pub(super) creating: Arc<Semaphore>,
}

impl Performer {
    /// A performer for `owner`. Without `network` every sandbox has an empty one.
    #[allow(clippy::too_many_arguments, reason = "the parts of a node, put together in one place")]
    pub fn new(
        owner: Owner,
        runtime: Arc<dyn ContainerRuntime>,
        network: Option<Arc<Network>>,
        client: Arc<dyn Client>,
        folders: Folders,
        registry: Arc<Registry>,
        sink: Sink,
        clock: Clock,
    ) -> Self {
        Self {
            runtime,
            network,
            client,
            folders,
            registry,
            sink,
            clock,
            owner: Arc::new(owner),
            creating: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    async fn act(&self, key: &EffectKey, doing: Doing) -> Result<(), String> {
        // What makes files of a pod has ended, or been dropped, before they are removed.
        let (_inside, _alone) = match doing {
            Doing::Clear(_) => (None, Some(self.registry.gate(&key.pod).write_owned().await)),
            Doing::Sandbox(_) | Doing::Volume(_) | Doing::Container(_) => {
                (Some(self.registry.gate(&key.pod).read_owned().await), None)
            }
            _ => (None, None),
        };
        match doing {
            Doing::Sandbox(spec) => sandbox::make(self, key, &spec).await,
            Doing::Image { image, secrets } => image::pull(self, &image, &secrets).await,
            Doing::Volume(spec) => volume::write(self, key, spec).await,
            Doing::Container(spec) => container::start(self, key, &spec).await,
            Doing::Stop { grace_seconds, pre_stop, ip, ports } => {
                stop::stop(self, key, grace_seconds, pre_stop.as_ref(), &stop::Reach { ip, ports }).await
            }
            Doing::Remove => stop::remove(self, key).await,
            Doing::Clear(_) => clear::clear(self, &key.pod).await,
            Doing::Probe(spec) => probe::run(self, key, &spec).await,
            Doing::Told(_) => Ok(()),
        }
    }

    fn failed(&self, key: EffectKey, error: &str, retry: u32) {
        self.registry.told(|told| told.attempts.insert(key.clone()));
        let attempted = Attempted { error: error.to_owned(), at: self.clock.now(), attempts: retry + 1 };
        self.sink.tell(NodeObservation::Attempted(Observation::Seen(key, attempted)));
    }

    fn succeeded(&self, key: EffectKey) {
        if self.registry.told(|told| told.attempts.remove(&key)) {
            self.sink.tell(NodeObservation::Attempted(Observation::Gone(key)));
        }
    }
}

#[async_trait]
impl EffectPort<PodEffect> for Performer {
    async fn perform(&self, effect: PodEffect) -> Result<(), String> {
        let PodEffect { key, retry, doing } = effect;
        let result = self.act(&key, doing).await;
        match &result {
            Ok(()) => self.succeeded(key),
            Err(error) => self.failed(key, error, retry),
        }
        result
    }
}

/// The keys of `set` that belong to a pod, taken out of it.
pub(super) fn drain<K: Ord + Clone>(set: &mut BTreeSet<K>, of_pod: impl Fn(&K) -> bool) -> Vec<K> {
    let keys: Vec<K> = set.iter().filter(|key| of_pod(key)).cloned().collect();
    keys.iter().for_each(|key| {
        set.remove(key);
    });
    keys
}
