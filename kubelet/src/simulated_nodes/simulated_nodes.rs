//! The set of simulated nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::Resource;
use kontiki_runtime::client::{Client, Interest, Selection};
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::effect::NoPort;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle, Options};
use kontiki_runtime::execute::Identity;
use kontiki_runtime::observe::{Observation, Observed};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{SimulatedNodeReconciler, SimulatedPodReconciler};
use crate::node::{NodeDescription, VERSION};

/// How simulated nodes are started.
pub struct SimulatedNodesConfig {
    /// How many.
    pub count: usize,
    /// Their names begin with this, followed by a number from 0 on.
    pub prefix: String,
    /// Further ones by their names: nodes of a cluster that this one is a copy of.
    pub named: Vec<Text>,
    /// The API server.
    pub client: Arc<dyn Client>,
    /// What tells this start from every other on the same cluster.
    pub start_id: u64,
}

/// The set of simulated nodes: all that is known of them follows from their numbers.
#[derive(Clone, Debug)]
pub struct SimulatedNodes {
    prefix: Arc<str>,
    count: usize,
    named: Arc<[Text]>,
}

/// A node that shall exist: wakes its reconciler for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted;

impl Observed for Wanted {
    type Key = Text;
    const NAME: &'static str = "SimulatedNodeWanted";
}

impl SimulatedNodes {
    /// `count` nodes whose names begin with `prefix`.
    pub fn new(prefix: &str, count: usize) -> Self {
        Self { prefix: prefix.into(), count, named: Arc::default() }
    }

    /// Starts one engine for all of them. They end when `stop` is cancelled; their objects stay.
    ///
    /// # Errors
    /// Where the operating system has no thread to give.
    pub fn start(config: SimulatedNodesConfig, stop: &CancellationToken) -> std::io::Result<EngineHandle> {
        let mut named = config.named;
        named.sort();
        let nodes = Self { named: named.into(), ..Self::new(&config.prefix, config.count) };
        // Not of `system:nodes`: each of those may write its own node only.
        let identity = Identity::of("system:kontiki:simulated-nodes", &["system:masters", "system:authenticated"], "kubelet");
        let names: Vec<Text> = (0..nodes.count + nodes.named.len()).map(|place| nodes.name(place)).collect();
        EngineBuilder::new(config.client, Arc::new(SystemClock::default()))
            .register(SimulatedPodReconciler { nodes: nodes.clone() }, NoPort, Options::of(identity.clone()))
            .register(SimulatedNodeReconciler { nodes }, NoPort, Options::of(identity))
            .observer(|observer, _| async move {
                observer.observe::<Wanted>(Observation::Relisted(names.into_iter().map(|name| (name, Wanted)).collect()));
            })
            .interest(interest())
            .leader(config.start_id)
            .start(&tokio::runtime::Handle::current(), stop)
    }

    /// The number of the node called `name`; `None` where it is not one of these.
    pub fn place(&self, name: &str) -> Option<usize> {
        if let Ok(at) = self.named.binary_search_by(|named| (**named).cmp(name)) {
            return Some(self.count + at);
        }
        let place = name.strip_prefix(&*self.prefix)?.parse().ok().filter(|place| *place < self.count)?;
        (*self.name(place) == *name).then_some(place)
    }

    /// The name of node `place`.
    pub fn name(&self, place: usize) -> Text {
        let named = place.checked_sub(self.count).and_then(|at| self.named.get(at));
        named.cloned().unwrap_or_else(|| format!("{}{place}", self.prefix).into())
    }

    /// The address of node `place`: of a range that is never routed.
    pub fn ip(&self, place: usize) -> String {
        format!("198.18.{}.{}", place / 250 % 256, place % 250 + 1)
    }

    /// The address of a pod of node `place`: follows from its name, so that it is the same in every pass.
    pub fn pod_ip(&self, place: usize, namespace: &str, name: &str) -> String {
        let bytes = namespace.bytes().chain([b'/']).chain(name.bytes());
        let dice = bytes.fold(5381_u64, |hash, byte| hash.wrapping_mul(33) ^ u64::from(byte));
        format!("100.{}.{}.{}", 64 + place / 256 % 64, place % 256, dice % 254 + 1)
    }

    /// Node `place` as a machine.
    pub fn describe(&self, place: usize) -> NodeDescription {
        // Clients in typed languages want all fields that the schema requires.
        let id = format!("{place:032x}");
        let info = [
            ("architecture", "amd64"),
            ("bootID", &id),
            ("kernelVersion", "simulated"),
            ("kubeProxyVersion", VERSION),
            ("kubeletVersion", VERSION),
            ("machineID", &id),
            ("operatingSystem", "linux"),
            ("osImage", "simulated"),
            ("systemUUID", &id),
        ];
        NodeDescription {
            name: self.name(place).to_string(),
            ip: self.ip(place),
            labels: BTreeMap::from([("kontiki.io/simulated".to_owned(), "true".to_owned())]),
            cpu_millis: 32_000,
            memory_bytes: 256 << 30,
            disk_bytes: 1 << 40,
            pods: 110,
            info: info.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
            ..NodeDescription::default()
        }
    }
}

fn interest() -> Interest {
    let all = |resource: &str, api_version: &str| Selection {
        resource: Resource::from(resource),
        api_version: api_version.into(),
        fields: String::new(),
    };
    Interest::Some(vec![all("pods", "v1"), all("nodes", "v1"), all("leases.coordination.k8s.io", "coordination.k8s.io/v1")])
}
