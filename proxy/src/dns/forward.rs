//! Names outside the cluster, asked of other name servers.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::{Resolver, TokioResolver};
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::{Name, Record, RecordType};

/// How long one server may take before it is asked again, or another one.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a question is asked again: clients themselves ask again after five seconds, and shall have heard by then.
const RETRIES: usize = 1;
/// Answers remembered for as long as they say of themselves.
const REMEMBERED: u64 = 1_024;
/// Longest that an answer is remembered, whatever it says: as CoreDNS has it for positive and for negative ones.
const LONGEST: (Duration, Duration) = (Duration::from_secs(3_600), Duration::from_secs(1_800));

/// What other servers say of a name.
#[derive(Debug)]
pub struct Forwarded {
    /// Whether the name exists, or why nobody knows.
    pub code: ResponseCode,
    /// The records, with the aliases that lead to them.
    pub answers: Vec<Record>,
    /// Why there are none, for how long to believe it.
    pub soa: Vec<Record>,
}

/// Asks other servers, and remembers their answers.
pub struct Forwarder {
    resolver: TokioResolver,
}

impl Forwarder {
    /// A forwarder to `servers`, each asked over UDP and, for long answers, over TCP.
    ///
    /// # Errors
    /// Why the resolver refuses them.
    pub fn to(servers: &[SocketAddr]) -> Result<Self, String> {
        let servers = servers.iter().map(name_server).collect();
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options();
        let resolver = builder.build().map_err(|error| format!("DNS cannot forward: {error}"))?;
        Ok(Self { resolver })
    }

    /// The servers' answer for records of type `wanted`; SERVFAIL where none of them answers.
    pub async fn ask(&self, name: &Name, wanted: RecordType) -> Forwarded {
        match self.resolver.lookup(name.clone(), wanted).await {
            Ok(found) => Forwarded { code: ResponseCode::NoError, answers: found.answers().to_vec(), soa: Vec::new() },
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => Forwarded {
                code: none.response_code,
                answers: Vec::new(),
                soa: none.soa.map(|soa| soa.into_record_of_rdata()).into_iter().collect(),
            },
            Err(error) => {
                tracing::debug!(%error, %name, %wanted, "no name server answers");
                Forwarded { code: ResponseCode::ServFail, answers: Vec::new(), soa: Vec::new() }
            }
        }
    }
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    connections.iter_mut().for_each(|connection| connection.port = address.port());
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    server.connections = connections;
    server
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = PATIENCE;
    options.attempts = RETRIES;
    options.cache_size = REMEMBERED;
    options.positive_max_ttl = Some(LONGEST.0);
    options.negative_max_ttl = Some(LONGEST.1);
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true;
    options.ndots = 0;
    options
}
