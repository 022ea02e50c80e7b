//! The DNS server: UDP and TCP on the addresses it is given.

use futures::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{A, CNAME, PTR, SOA, SRV, TXT};
use hickory_server::proto::rr::{Name, RData, Record};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo, Server};
use hickory_server::zone_handler::MessageResponseBuilder;
use kontiki_runtime::effect::EffectPort;
use tokio::net::{TcpListener, UdpSocket};

use super::{Answer, Data, Zone, answer};

/// Seconds that clients may keep an answer, as CoreDNS in a cluster has it: short, since endpoints move.
const TTL_SECONDS: u32 = 5;
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
    /// The address that cannot be bound, and why.
    pub fn start(config: DnsConfig, port: ZonePort) -> BoxFuture<'static, Result<Self, String>> {
        Box::pin(async move {
            let mut server = Server::new(Handler { domain: config.domain, port });
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

struct Handler {
    domain: String,
    port: ZonePort,
}

#[async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut response: R) -> ResponseInfo {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.authoritative = true;
        let reply = match request.request_info() {
            Ok(info) => self.reply(info.query.name().into(), &info.query.query_type().to_string()),
            Err(_) => Reply { code: ResponseCode::FormErr, ..Reply::default() },
        };
        metadata.response_code = reply.code;
        let builder = MessageResponseBuilder::from_message_request(request);
        let message = builder.build(metadata, &reply.answers, None::<&Record>, &reply.soa, &reply.additional);
        match response.send_response(message).await {
            Ok(info) => info,
            Err(error) => {
                tracing::debug!(%error, client = %request.src(), "DNS client went away");
                ResponseInfo::from(hickory_server::proto::op::Header { metadata, counts: Default::default() })
            }
        }
    }
}

#[derive(Debug)]
struct Reply {
    code: ResponseCode,
    answers: Vec<Record>,
    soa: Vec<Record>,
    additional: Vec<Record>,
}

impl Default for Reply {
    fn default() -> Self {
        Self { code: ResponseCode::NoError, answers: Vec::new(), soa: Vec::new(), additional: Vec::new() }
    }
}

impl Handler {
    fn reply(&self, name: Name, wanted: &str) -> Reply {
        let text = name.to_ascii().to_ascii_lowercase();
        match answer(&self.port.zone(), &self.domain, text.trim_end_matches('.'), wanted) {
            Answer::Elsewhere => Reply { code: ResponseCode::Refused, ..Reply::default() },
            Answer::NoName => Reply { code: ResponseCode::NXDomain, soa: self.soa(), ..Reply::default() },
            Answer::Records(data, _) if data.is_empty() => Reply { soa: self.soa(), ..Reply::default() },
            Answer::Records(data, additional) => Reply {
                answers: data.into_iter().filter_map(|data| Some(record(name.clone(), rdata(data)?))).collect(),
                additional: additional
                    .into_iter()
                    .filter_map(|(host, address)| Some(record(absolute(&host)?, RData::A(A(address)))))
                    .collect(),
                ..Reply::default()
            },
        }
    }

    /// The start of authority that negative answers carry, so that clients know how long to believe them.
    fn soa(&self) -> Vec<Record> {
        let parts = (
            absolute(&self.domain),
            absolute(&format!("ns.dns.{}", self.domain)),
            absolute(&format!("hostmaster.{}", self.domain)),
        );
        let (Some(origin), Some(server), Some(contact)) = parts else { return Vec::new() };
        vec![record(origin, RData::SOA(SOA::new(server, contact, 1, 7200, 1800, 86_400, TTL_SECONDS)))]
    }
}

fn record(name: Name, data: RData) -> Record {
    Record::from_rdata(name, TTL_SECONDS, data)
}

fn rdata(data: Data) -> Option<RData> {
    Some(match data {
        Data::A(address) => RData::A(A(address)),
        Data::Srv(port, target) => RData::SRV(SRV::new(0, 100, port, absolute(&target)?)),
        Data::Ptr(target) => RData::PTR(PTR(absolute(&target)?)),
        Data::Cname(target) => RData::CNAME(CNAME(absolute(&target)?)),
        Data::Txt(text) => RData::TXT(TXT::new(vec![text])),
    })
}

fn absolute(name: &str) -> Option<Name> {
    Name::from_ascii(format!("{name}.")).ok()
}
