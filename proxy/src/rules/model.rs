//! The rule set as data.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use kontiki_runtime::effect::Effect;
use serde::{Deserialize, Serialize};

/// Transport protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// Reads `Service.spec.ports[].protocol`; `None` for what no back end carries (SCTP).
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            _ => None,
        }
    }

    /// The name packet filters use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Whose port it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Of {
    /// A Service's.
    #[default]
    Service,
    /// A pod's `hostPort`.
    Pod,
}

/// One port of one Service, or one host port of one pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PortName {
    /// Whose port it is.
    pub of: Of,
    /// Namespace of the Service or pod.
    pub namespace: String,
    /// Name of the Service, uid of the pod.
    pub service: String,
    /// Name of the port, empty where there is one; number of a host port.
    pub port: String,
    /// Its protocol.
    pub protocol: Protocol,
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}/{}", self.namespace, self.service, self.port, self.protocol.as_str())
    }
}

/// Where packets for a Service arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Frontend {
    /// An address and port: cluster IP, external IP, load-balancer IP.
    Address(Protocol, Ipv4Addr, u16),
    /// A port of every local address of the node but loopback.
    NodePort(Protocol, u16),
    /// A port of every local address of the node, loopback included.
    HostPort(Protocol, u16),
}

/// One endpoint that packets may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Backend {
    /// Address of the pod.
    pub address: Ipv4Addr,
    /// Port of the pod.
    pub port: u16,
}

/// How packets of one Service port are spread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRules {
    /// Where packets of pods and nodes arrive: the cluster IP.
    pub frontends: Vec<Frontend>,
    /// Where packets from outside arrive: node port, external IPs.
    pub external: Vec<Frontend>,
    /// Where packets from load balancers arrive.
    pub balanced: Vec<Frontend>,
    /// Who may use load-balancer addresses (CIDR); empty for everybody.
    pub source_ranges: Vec<String>,
    /// Where they may go, sorted; empty means they are refused.
    pub backends: Vec<Backend>,
    /// The backends on this node; only filled where a policy asks for them.
    pub local: Vec<Backend>,
    /// Packets of pods and nodes go to backends on this node only (`internalTrafficPolicy: Local`).
    pub internal_local: bool,
    /// Packets from outside go to backends on this node only (`externalTrafficPolicy: Local`).
    pub external_local: bool,
    /// Seconds a client stays with its backend; `None` without affinity.
    pub affinity_seconds: Option<u32>,
}

/// All rules of the node: one effect, applied as one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruleset {
    /// Per Service port.
    #[serde(with = "as_list")]
    pub ports: BTreeMap<PortName, SetRules>,
}

impl SetRules {
    /// All frontends.
    pub fn all_frontends(&self) -> impl Iterator<Item = &Frontend> {
        self.frontends.iter().chain(&self.external).chain(&self.balanced)
    }
}

impl Effect for Ruleset {
    type Key = ();

    fn key(&self) -> Self::Key {}
}

/// JSON has no maps with such keys: a list of pairs.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{PortName, SetRules};

    pub(super) fn serialize<S: Serializer>(map: &BTreeMap<PortName, SetRules>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<PortName, SetRules>, D::Error> {
        Ok(Vec::<(PortName, SetRules)>::deserialize(deserializer)?.into_iter().collect())
    }
}
