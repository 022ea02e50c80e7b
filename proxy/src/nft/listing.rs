//! A rule set as named nftables parts, so that two of them can be compared part by part.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::{Backend, Frontend, PortName, Ruleset, SetRules};

/// Verdict map of address frontends.
const SERVICES: &str = "services";
/// Verdict map of node ports.
const NODE_PORTS: &str = "node_ports";
/// Address frontends without a backend.
const REFUSED: &str = "refused";
/// Node ports without a backend.
const REFUSED_PORTS: &str = "refused_ports";
/// Pairs (a, a) of every backend address: a pod that reaches itself through a Service.
const HAIRPIN: &str = "hairpin";

/// The variable parts of our table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Sets of affinity, name to declaration.
    pub(super) sets: BTreeMap<String, String>,
    /// Chains, name to rules.
    pub(super) chains: BTreeMap<String, Vec<String>>,
    /// Elements: (container, key) to verdict; no verdict in plain sets.
    pub(super) elements: BTreeMap<(&'static str, String), Option<String>>,
}

impl Listing {
    /// The parts that `rules` ask for.
    pub fn new(rules: &Ruleset) -> Self {
        let mut listing = Self::default();
        for (name, port) in &rules.ports {
            listing.add_port(name, port);
        }
        listing
    }

    fn add_port(&mut self, name: &PortName, rules: &SetRules) {
        let chain = format!("svc/{}", path(name));
        let verdict = (!rules.backends.is_empty()).then(|| format!("goto {chain}"));
        for frontend in &rules.frontends {
            self.elements.insert(element(frontend, verdict.is_some()), verdict.clone());
        }
        for backend in &rules.backends {
            self.elements.insert((HAIRPIN, format!("{0} . {0}", backend.address)), None);
        }
        match rules.affinity_seconds {
            _ if rules.backends.is_empty() => {}
            Some(seconds) => self.add_sticky(name, chain, rules, seconds),
            None => {
                self.chains.insert(chain, vec![spread(name, &rules.backends)]);
            }
        }
    }

    /// One set and one chain per backend: a client found in a set goes where it went before.
    fn add_sticky(&mut self, name: &PortName, chain: String, rules: &SetRules, seconds: u32) {
        let part = |prefix: &str, backend: &Backend| format!("{prefix}/{}/{}.{}", path(name), backend.address, backend.port);
        let mut dispatch = Vec::new();
        let mut verdicts = Vec::new();
        for (at, backend) in rules.backends.iter().enumerate() {
            let (set, to) = (part("aff", backend), part("ep", backend));
            dispatch.push(format!("ip saddr @{set} goto {to}"));
            verdicts.push(format!("{at} : goto {to}"));
            let remember = format!("update @{set} {{ ip saddr timeout {seconds}s }}");
            self.chains.insert(to, vec![remember, direct(name, backend)]);
            self.sets.insert(set, format!("type ipv4_addr; flags dynamic,timeout; timeout {seconds}s;"));
        }
        dispatch.push(format!("numgen random mod {} vmap {{ {} }}", verdicts.len(), verdicts.join(", ")));
        self.chains.insert(chain, dispatch);
    }

    /// Names of the containers an element may be in.
    pub(super) fn containers() -> BTreeSet<&'static str> {
        BTreeSet::from([SERVICES, NODE_PORTS, REFUSED, REFUSED_PORTS, HAIRPIN])
    }
}

fn path(name: &PortName) -> String {
    let port = if name.port.is_empty() { "-" } else { &name.port };
    format!("{}/{}/{}/{port}", name.namespace, name.service, name.protocol.as_str())
}

fn element(frontend: &Frontend, served: bool) -> (&'static str, String) {
    match frontend {
        Frontend::Address(protocol, address, port) => {
            (if served { SERVICES } else { REFUSED }, format!("{} . {address} . {port}", protocol.as_str()))
        }
        Frontend::NodePort(protocol, port) => {
            (if served { NODE_PORTS } else { REFUSED_PORTS }, format!("{} . {port}", protocol.as_str()))
        }
    }
}

fn direct(name: &PortName, backend: &Backend) -> String {
    format!("meta l4proto {} dnat to {}:{}", name.protocol.as_str(), backend.address, backend.port)
}

fn spread(name: &PortName, backends: &[Backend]) -> String {
    if let [only] = backends {
        return direct(name, only);
    }
    let choices: Vec<String> =
        backends.iter().enumerate().map(|(at, backend)| format!("{at} : {} . {}", backend.address, backend.port)).collect();
    let choices = choices.join(", ");
    format!("meta l4proto {} dnat ip to numgen random mod {} map {{ {choices} }}", name.protocol.as_str(), backends.len())
}
