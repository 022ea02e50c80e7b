//! This machine as a node: kubelet, packet rules, DNS.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use kontiki_apiserver::stream::KubeletAccess;
use kontiki_kubelet::server::{Authorizer, Call, ServerConfig};
use kontiki_kubelet::{Kubelet, KubeletConfig};
use kontiki_runtime::engine::EngineHandle;
use tokio_util::sync::CancellationToken;

use super::args::UpArgs;
use super::control_plane::ControlPlane;
use super::machine;
use super::network::{self, BRIDGE, CLUSTER_PODS, DNS_ADDRESS, DOMAIN, NODE_PODS, Network, SERVICES};
use super::steps::Steps;

/// The kubelet's port.
const PORT: u16 = 10250;

/// The node, running.
pub struct Node {
    kubelet: Kubelet,
    /// Packet rules and DNS.
    pub network: Network,
}

impl Node {
    /// Starts the kubelet, then the network, which needs the kubelet's bridge.
    pub async fn start(args: &UpArgs, plane: &ControlPlane, stop: &CancellationToken, steps: &mut Steps) -> Result<Self> {
        let name = args.node_name.clone().unwrap_or_else(machine::host_name);
        let config = KubeletConfig {
            node_name: name.clone(),
            data_dir: args.data_dir.clone(),
            client: plane.client.clone(),
            pod_cidr: NODE_PODS.into(),
            routed_cidrs: vec![CLUSTER_PODS.into(), SERVICES.into()],
            cluster_dns: DNS_ADDRESS.to_string(),
            cluster_domain: DOMAIN.into(),
            node_ip: plane.address.to_string(),
            bridge: BRIDGE.into(),
            docker_socket: args.docker_socket()?,
            runtime: None,
            server: Some(server(plane, &name)?),
            read_only: args.kubelet_read_only_port.map(|port| SocketAddr::from((std::net::Ipv4Addr::UNSPECIFIED, port))),
            start_id: plane.start_id,
        };
        let kubelet = Kubelet::start(config, stop).await.context("the kubelet does not start")?;
        steps.done(format!("kubelet of node {name} at {}:{PORT}", plane.address));
        let network = Network::start(plane, &name, &args.dns_forward, stop).await?;
        steps.done(format!("packet rules and DNS at {DNS_ADDRESS}"));
        Ok(Self { kubelet, network })
    }

    /// The kubelet's engine.
    pub fn engine(&self) -> &EngineHandle {
        self.kubelet.engine()
    }

    /// Waits until everything has ended. Containers keep running, and with them the packet rules; where there are none,
    /// nothing of the node's network stays. Answers how many pods still have containers.
    pub async fn end(self) -> usize {
        self.network.end().await;
        let left = self.kubelet.join().await;
        if left == 0 {
            network::remove().await;
        }
        left
    }
}

fn server(plane: &ControlPlane, name: &str) -> Result<ServerConfig> {
    let mut tls = (*plane.kubelet_certificate.server_config()?).clone();
    // Exec needs upgrades, which HTTP/2 does not have.
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let access = KubeletAccess::new(plane.authenticator.clone(), plane.authorizer.clone());
    let authorizer = Arc::new(Access { access, node: name.into() });
    Ok(ServerConfig {
        listen: SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), PORT),
        tls: Arc::new(tls),
        authorizer,
    })
}

/// Judges the kubelet's callers as the API server judges its own.
struct Access {
    access: KubeletAccess,
    node: String,
}

#[async_trait]
impl Authorizer for Access {
    async fn authorize(&self, call: &Call) -> Result<(), (u16, String)> {
        let checked = self.access.check(&call.headers, &call.certificates, &self.node, call.verb(), call.subresource()).await;
        checked.map(drop).map_err(|status| (status.reason.code(), status.message))
    }
}
