//! Services and DNS on this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use kontiki_proxy::dns::{DnsConfig, DnsReconciler, DnsServer, ZonePort};
use kontiki_proxy::health::{HealthPort, HealthReconciler};
use kontiki_proxy::nft::{NftConfig, NftPort};
use kontiki_proxy::rules::{ProxyConfig, ProxyReconciler, interest};
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::engine::{EngineBuilder, EngineHandle, Options};
use kontiki_runtime::execute::Identity;
use tokio_util::sync::CancellationToken;

use super::addons;
use super::control_plane::ControlPlane;

/// Name of our packet-rule table.
const TABLE: &str = "kontiki";
/// The bridge that this node's pods hang on.
pub const BRIDGE: &str = "kontiki0";
/// The bridge's address: the first of the node's pod range.
pub const BRIDGE_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 244, 0, 1);
/// Addresses of this node's pods.
pub const NODE_PODS: &str = "10.244.0.0/24";
/// Addresses of all pods.
pub const CLUSTER_PODS: &str = "10.244.0.0/16";
/// Addresses of Services.
pub const SERVICES: &str = "10.96.0.0/12";
/// The address of the name service.
pub const DNS_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
/// The domain of the cluster.
pub const DOMAIN: &str = "cluster.local";

/// Packet rules and DNS, running.
pub struct Network {
    /// The engine of both.
    pub engine: EngineHandle,
    dns: DnsServer,
}

impl Network {
    /// Loads the rules of all Services, and answers DNS, with the help of the servers `forward` for names outside the
    /// cluster. The bridge is there already.
    pub async fn start(plane: &ControlPlane, node: &str, forward: &[SocketAddr], stop: &CancellationToken) -> Result<Self> {
        let rules =
            NftPort::new(NftConfig { table: TABLE.into(), cluster_pods: CLUSTER_PODS.into(), node_pods: NODE_PODS.into() });
        let zone = ZonePort::default();
        let identity = Identity::of("system:kube-proxy", &["system:authenticated"], "kube-proxy");
        let config = ProxyConfig { node: node.into() };
        let engine = EngineBuilder::new(plane.client.clone(), Arc::new(SystemClock::default()))
            .kinds(plane.kinds.clone())
            .register(ProxyReconciler { config }, rules, Options::of(identity.clone()))
            .register(HealthReconciler { node: node.into() }, HealthPort::default(), Options::of(identity.clone()))
            .register(DnsReconciler, zone.clone(), Options::of(identity))
            .interest(interest(node))
            .start(&tokio::runtime::Handle::current(), stop)
            .context("cannot start the proxy's thread")?;
        let listen = vec![SocketAddr::from((BRIDGE_ADDRESS, 53))];
        let config = DnsConfig { listen, domain: DOMAIN.into(), forward: forward.to_vec() };
        let dns = DnsServer::start(config, zone).await.map_err(|error| anyhow!(error))?;
        addons::dns(&*plane.client, BRIDGE_ADDRESS).await?;
        Ok(Self { engine, dns })
    }

    /// Stops answering DNS. The rules of Services stay, so that containers that keep running keep reaching each other.
    pub async fn end(self) {
        self.engine.join().await;
        self.dns.stop().await;
    }
}

/// Removes the rules of Services, once no container is left that could use them.
pub async fn remove() {
    if let Err(error) = kontiki_proxy::nft::remove_table(TABLE).await {
        tracing::warn!(%error, "the packet rules stay");
    }
}
