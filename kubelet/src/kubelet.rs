//! The kubelet as a whole.

use futures::future::BoxFuture;
use std::path::PathBuf;
use std::sync::Arc;

use kontiki_api::meta::Resource;
use kontiki_runtime::client::{Client, Interest, Selection};
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle, Observer, Options};
use kontiki_runtime::execute::Identity;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::images::{DEMO, PAUSE};
use crate::labels::Owner;
use crate::network::{Addresses, Bridge, BridgeConfig, NetworkError, Outside, Range};
use crate::node::{NodeDescription, NodeReconciler};
use crate::node_facts::NodeFacts;
use crate::perform::{Folders, Network, NodeObservation, Performer, Registry, Sink, Watcher};
use crate::reconcile::PodReconciler;
use crate::runtime::{ContainerRuntime, Docker};
use crate::server::{Served, Server, ServerConfig, read_only, routes, serve_read_only};

/// How a kubelet is started.
pub struct KubeletConfig {
    /// The node's name.
    pub node_name: String,
    /// Folder for the files of pods; made absolute.
    pub data_dir: PathBuf,
    /// The API server.
    pub client: Arc<dyn Client>,
    /// The pods of this node: `10.244.0.0/24`.
    pub pod_cidr: String,
    /// Ranges routed to the node's bridge, so that nothing unmatched of them leaves the machine: all pods, all services.
    pub routed_cidrs: Vec<String>,
    /// Address of the cluster's DNS.
    pub cluster_dns: String,
    /// The cluster's domain: `cluster.local`.
    pub cluster_domain: String,
    /// The node's address.
    pub node_ip: String,
    /// Name of the node's bridge: `kontiki0`; empty for pods without a network.
    pub bridge: String,
    /// Docker's socket.
    pub docker_socket: PathBuf,
    /// Takes Docker's place, for tests.
    pub runtime: Option<Arc<dyn ContainerRuntime>>,
    /// The server on 10250; `None` for none.
    pub server: Option<ServerConfig>,
    /// Where `/pods`, `/metrics` and `/healthz` are told to everybody, without TLS (upstream's 10255); `None` for nowhere.
    pub read_only: Option<std::net::SocketAddr>,
    /// What tells this start from every other on the same cluster.
    pub start_id: u64,
}

/// Why a kubelet does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A range is not one.
    #[error("{0:?} is not a range of addresses such as 10.244.0.0/24")]
    Range(String),
    /// The bridge cannot be made.
    #[error("cannot set up the pod network")]
    Network(#[from] NetworkError),
    /// A folder, thread or port is not to be had.
    #[error("cannot {step}")]
    Io {
        /// What was tried.
        step: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// A running kubelet.
pub struct Kubelet {
    engine: EngineHandle,
    watching: JoinHandle<bool>,
    server: Option<Server>,
    routes: axum::Router,
    registry: Arc<Registry>,
    network: Option<Arc<Network>>,
}

impl Kubelet {
    /// Starts the kubelet: returns once its network is set up and its port is bound. Docker may come
    /// later. Ends when `stop` is cancelled; containers go on and are taken over by the next start.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(config: KubeletConfig, stop: &CancellationToken) -> BoxFuture<'_, Result<Self, StartError>> {
        Box::pin(async move {
            let io = |step: &'static str| move |source| StartError::Io { step, source };
            std::fs::create_dir_all(&config.data_dir).map_err(io("make the data folder"))?;
            let data_dir = config.data_dir.canonicalize().map_err(io("find the data folder"))?;
            let owner = Owner { node: config.node_name.clone(), data_dir: data_dir.to_string_lossy().into_owned() };
            let network = network(&config).await?;
            let runtime: Arc<dyn ContainerRuntime> = match config.runtime.clone() {
                Some(runtime) => runtime,
                None => Arc::new(Docker::new(&config.docker_socket, &owner)),
            };
            let (sink, observations) = Sink::new();
            let (folders, registry) = (Folders::new(&data_dir), Arc::<Registry>::default());
            folders.sweep();
            let clock: Clock = Arc::new(SystemClock::default());
            let watcher = Watcher {
                runtime: Arc::clone(&runtime),
                sink: sink.clone(),
                registry: Arc::clone(&registry),
                folders: folders.clone(),
                network: network.clone(),
                images: vec![PAUSE, DEMO],
            };
            let served = Served {
                runtime: Arc::clone(&runtime),
                registry: Arc::clone(&registry),
                client: Arc::clone(&config.client),
                node: config.node_name.as_str().into(),
                clock: Arc::clone(&clock),
            };
            let routes = routes(served.clone());
            let performer = Performer::new(
                owner,
                Arc::clone(&runtime),
                network.clone(),
                Arc::clone(&config.client),
                folders,
                Arc::clone(&registry),
                sink,
                Arc::clone(&clock),
            );
            let mut description = NodeDescription::read(&config.node_name, &config.node_ip, &config.pod_cidr, &data_dir);
            description.kubelet_port = config.server.as_ref().map_or(0, |server| server.listen.port());
            let engine = engine(&config, &description, performer, clock)
                .observer(move |observer, _| pass_on(observations, observer))
                .start(&tokio::runtime::Handle::current(), stop)
                .map_err(io("start a thread"))?;
            let watching = tokio::spawn(watcher.run(stop.child_token()));
            if let Some(listen) = config.read_only {
                serve_read_only(listen, read_only(served), stop).await.map_err(io("serve on the kubelet's read-only port"))?;
            }
            let server = match config.server {
                Some(server) => {
                    Some(Server::start(server, routes.clone(), stop).await.map_err(io("serve on the kubelet's port"))?)
                }
                None => None,
            };
            Ok(Self { engine, watching, server, routes, registry, network })
        })
    }

    /// The engine, for its debug page.
    pub fn engine(&self) -> &EngineHandle {
        &self.engine
    }

    /// The paths of the server, without authorization: for callers in this process that have decided
    /// already, such as the API server's log and exec. Upgrades pass through.
    pub fn routes(&self) -> axum::Router {
        self.routes.clone()
    }

    /// The address of the server, where there is one.
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        self.server.as_ref().map(Server::address)
    }

    /// Returns when everything has ended after its token was cancelled. Answers how many pods have a sandbox in the
    /// container runtime still: while there are any, or where that is not known, their bridge and their way out stay.
    pub fn join(self) -> BoxFuture<'static, usize> {
        Box::pin(async move {
            self.engine.join().await;
            let all_known = self.watching.await.unwrap_or_default();
            if let Some(server) = self.server {
                server.join().await;
            }
            let (left, _) = self.registry.count();
            if let Some(network) = self.network.filter(|_| all_known && left == 0) {
                network.close().await;
            }
            left
        })
    }
}

fn range(text: &str) -> Result<Range, StartError> {
    Range::parse(text).ok_or_else(|| StartError::Range(text.to_owned()))
}

async fn network(config: &KubeletConfig) -> Result<Option<Arc<Network>>, StartError> {
    if config.bridge.is_empty() {
        return Ok(None);
    }
    let addresses = Addresses::new(range(&config.pod_cidr)?);
    let routed = config.routed_cidrs.iter().map(|text| range(text)).collect::<Result<Vec<_>, _>>()?;
    let within = routed.iter().copied().chain([addresses.range()]).collect();
    let bridge = BridgeConfig { name: config.bridge.clone(), address: addresses.gateway(), pods: addresses.range(), routed };
    let outside = Outside { bridge: config.bridge.clone(), pods: addresses.range(), within };
    Ok(Some(Arc::new(Network { bridge: Bridge::ensure(&bridge).await?, addresses, outside })))
}

fn engine(config: &KubeletConfig, node: &NodeDescription, performer: Performer, clock: Clock) -> EngineBuilder {
    let facts = NodeFacts {
        name: config.node_name.as_str().into(),
        ip: config.node_ip.as_str().into(),
        cluster_dns: config.cluster_dns.as_str().into(),
        cluster_domain: config.cluster_domain.as_str().into(),
        cpu_millis: node.cpu_millis,
        seccomp_dir: config.data_dir.join("seccomp").to_string_lossy().into_owned().into(),
        memory_bytes: node.memory_bytes,
        pods: node.pods,
        may_lower_oom_score: may_lower_oom_score(),
    };
    let options = || Options::of(Identity::node(&config.node_name));
    EngineBuilder::new(Arc::clone(&config.client), clock)
        .register(PodReconciler { node: facts }, performer, options())
        .register(NodeReconciler { node: node.clone() }, kontiki_runtime::effect::NoPort, options())
        .interest(interest(&config.node_name))
        .leader(config.start_id)
}

/// What a kubelet holds: its pods, what they may refer to, and its own objects.
fn interest(node: &str) -> Interest {
    let some = |resource: &str, api_version: &str, fields: String| Selection {
        resource: Resource::from(resource),
        api_version: api_version.into(),
        fields,
    };
    Interest::Some(vec![
        some("pods", "v1", format!("spec.nodeName={node}")),
        some("configmaps", "v1", String::new()),
        some("secrets", "v1", String::new()),
        some("services", "v1", String::new()),
        some("nodes", "v1", format!("metadata.name={node}")),
        some("leases.coordination.k8s.io", "coordination.k8s.io/v1", format!("metadata.name={node}")),
    ])
}

async fn pass_on(mut observations: UnboundedReceiver<NodeObservation>, observer: Observer) {
    while let Some(observation) = observations.recv().await {
        match observation {
            NodeObservation::Attempted(seen) => observer.observe(seen),
            NodeObservation::Container(seen) => observer.observe(seen),
            NodeObservation::Folder(seen) => observer.observe(seen),
            NodeObservation::Image(seen) => observer.observe(seen),
            NodeObservation::Probe(seen) => observer.observe(seen),
            NodeObservation::Runtime(seen) => observer.observe(seen),
            NodeObservation::Sandbox(seen) => observer.observe(seen),
            NodeObservation::Volume(seen) => observer.observe(seen),
        }
    }
}

/// Whether this process may make others less likely to be killed: tried on itself, with its own value.
fn may_lower_oom_score() -> bool {
    let path = "/proc/self/oom_score_adj";
    let own = std::fs::read_to_string(path).unwrap_or_default();
    let may = std::fs::write(path, "-999").is_ok();
    if may {
        // It was ours a moment ago: writing it back cannot fail.
        let _ = std::fs::write(path, own.trim());
    } else {
        tracing::warn!("this process may not lower oom_score_adj: guaranteed pods are not protected when memory runs out");
    }
    may
}
