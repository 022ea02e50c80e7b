//! The DNS server: UDP and TCP on the addresses it is given.

use futures::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use hickory_server::server::Server;
use kontiki_runtime::effect::EffectPort;
use tokio::net::{TcpListener, UdpSocket};

use super::Zone;
use super::forward::Forwarder;
use super::handler::Handler;

/// How long an idle TCP client is kept.
const TCP_IDLE: Duration = Duration::from_secs(10);
/// Responses that may wait for one slow TCP client.
const TCP_QUEUE: usize = 32;

/// Where DNS listens and what it is called.
#[derive(Clone, Debug)]
pub struct DnsConfig {
    /// Addresses for both UDP and TCP.
    pub listen: Vec<SocketAddr>,
    /// The cluster domain, `cluster.local`.
    pub domain: String,
    /// Servers that are asked for names outside the cluster; where there are none, those are refused.
    pub forward: Vec<SocketAddr>,
}

/// Keeps the zone that answers come from.
#[derive(Clone, Debug, Default)]
pub struct ZonePort {
    zone: Arc<RwLock<Arc<Zone>>>,
}

impl ZonePort {
    /// The zone now.
    pub fn zone(&self) -> Arc<Zone> {
        self.zone.read().map_or_else(|poisoned| poisoned.into_inner().clone(), |zone| zone.clone())
    }
}

#[async_trait]
impl EffectPort<Zone> for ZonePort {
    async fn perform(&self, zone: Zone) -> Result<(), String> {
        match self.zone.write() {
            Ok(mut current) => *current = Arc::new(zone),
            Err(poisoned) => *poisoned.into_inner() = Arc::new(zone),
        }
        Ok(())
    }
}

/// A running DNS server.
pub struct DnsServer {
    server: Server<Handler>,
}

impl DnsServer {
    /// Binds and starts to answer from `port`'s zone.
    ///
    /// # Errors
    /// The address that cannot be bound, and why; a server to forward to that is this one itself.
    pub fn start(config: DnsConfig, port: ZonePort) -> BoxFuture<'static, Result<Self, String>> {
        Box::pin(async move {
            let forward = forwarder(&config)?;
            let mut server = Server::new(Handler { domain: config.domain, port, forward });
            for address in config.listen {
                let udp =
                    UdpSocket::bind(address).await.map_err(|error| format!("DNS cannot listen on {address}/udp: {error}"))?;
                let tcp =
                    TcpListener::bind(address).await.map_err(|error| format!("DNS cannot listen on {address}/tcp: {error}"))?;
                server.register_socket(udp);
                server.register_listener(tcp, TCP_IDLE, TCP_QUEUE);
            }
            Ok(Self { server })
        })
    }

    /// Stops answering.
    pub fn stop(mut self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            if let Err(error) = self.server.shutdown_gracefully().await {
                tracing::warn!(%error, "DNS did not stop cleanly");
            }
        })
    }
}

fn forwarder(config: &DnsConfig) -> Result<Option<Forwarder>, String> {
    if let Some(own) = config.forward.iter().find(|server| config.listen.contains(server)) {
        return Err(format!("DNS cannot forward to {own}: that is where it listens itself"));
    }
    (!config.forward.is_empty()).then(|| Forwarder::to(&config.forward)).transpose()
}
