//! How each question is answered: from the zone, by other servers, or not at all.

use async_trait::async_trait;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Edns, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{A, CNAME, PTR, SOA, SRV, TXT};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;

use super::forward::{Forwarded, Forwarder};
use super::{Answer, Data, ZonePort, answer};

/// Seconds that clients may keep an answer, as CoreDNS in a cluster has it: short, since endpoints move.
const TTL_SECONDS: u32 = 5;
/// Bytes of a UDP answer at most, where the client takes as many: what passes every network in one piece.
const UDP_BYTES: u16 = 1_232;

/// Answers questions.
pub struct Handler {
    /// The cluster domain.
    pub domain: String,
    /// What the cluster knows.
    pub port: ZonePort,
    /// Who is asked for what it does not.
    pub forward: Option<Forwarder>,
}

#[async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut response: R) -> ResponseInfo {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        let reply = match request.request_info() {
            Ok(info) => self.reply(info.query.name().into(), info.query.query_type()).await,
            Err(_) => Reply { code: ResponseCode::FormErr, ..Reply::default() },
        };
        metadata.authoritative = !reply.forwarded;
        metadata.recursion_available = self.forward.is_some();
        metadata.response_code = reply.code;
        let mut builder = MessageResponseBuilder::from_message_request(request);
        let edns = request.edns.as_ref().map(|asked| edns(asked.max_payload()));
        if let Some(edns) = &edns {
            builder.edns(edns);
        }
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

/// What we say about ourselves to a client that takes answers of `payload` bytes.
fn edns(payload: u16) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(payload.min(UDP_BYTES)).set_version(0);
    edns
}

#[derive(Debug)]
struct Reply {
    code: ResponseCode,
    forwarded: bool,
    answers: Vec<Record>,
    soa: Vec<Record>,
    additional: Vec<Record>,
}

impl Default for Reply {
    fn default() -> Self {
        let (answers, soa, additional) = (Vec::new(), Vec::new(), Vec::new());
        Self { code: ResponseCode::NoError, forwarded: false, answers, soa, additional }
    }
}

impl From<Forwarded> for Reply {
    fn from(Forwarded { code, answers, soa }: Forwarded) -> Self {
        Self { code, forwarded: true, answers, soa, additional: Vec::new() }
    }
}

impl Handler {
    async fn reply(&self, name: Name, wanted: RecordType) -> Reply {
        let found = self.own(&name, wanted);
        match (found, &self.forward) {
            (Answer::Elsewhere, Some(forward)) => forward.ask(&name, wanted).await.into(),
            (found, _) => {
                let mut reply = self.of(&name, found);
                self.follow_alias(&mut reply, wanted).await;
                reply
            }
        }
    }

    /// What the cluster itself knows.
    fn own(&self, name: &Name, wanted: RecordType) -> Answer {
        let text = name.to_ascii().to_ascii_lowercase();
        answer(&self.port.zone(), &self.domain, text.trim_end_matches('.'), &wanted.to_string())
    }

    fn of(&self, name: &Name, found: Answer) -> Reply {
        match found {
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

    /// Adds what the alias of an `ExternalName` leads to: clients ask only once. Where nobody may be asked for it, the
    /// alias alone is the answer.
    async fn follow_alias(&self, reply: &mut Reply, wanted: RecordType) {
        let Some(target) = alias(reply).filter(|_| !matches!(wanted, RecordType::CNAME | RecordType::ANY)) else { return };
        let beyond = match (self.own(&target, wanted), &self.forward) {
            (Answer::Elsewhere, Some(forward)) => forward.ask(&target, wanted).await.into(),
            (found, _) => self.of(&target, found),
        };
        reply.answers.extend(beyond.answers);
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

/// The name that the only record of `reply` leads to.
fn alias(reply: &Reply) -> Option<Name> {
    match reply.answers.as_slice() {
        [Record { data: RData::CNAME(CNAME(target)), .. }] => Some(target.clone()),
        _ => None,
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
