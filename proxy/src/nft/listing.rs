//! A rule set as named nftables parts, so that two of them can be compared part by part.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::{Backend, Frontend, Of, PortName, Ruleset, SetRules};

/// Verdict map of address frontends.
const SERVICES: &str = "services";
/// Verdict map of node ports.
const NODE_PORTS: &str = "node_ports";
/// Verdict map of host ports.
const HOST_PORTS: &str = "host_ports";
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
        for backend in rules.backends.iter().chain(&rules.local) {
            self.elements.insert((HAIRPIN, format!("{0} . {0}", backend.address)), None);
        }
        if rules.backends.is_empty() {
            for frontend in rules.all_frontends() {
                self.elements.insert(element(frontend, false), None);
            }
            return;
        }
        let everywhere = chain("svc", name);
        self.add_spread(name, everywhere.clone(), Vec::new(), &rules.backends, rules.affinity_seconds);
        let mut internal = everywhere.clone();
        if rules.internal_local {
            internal = chain("int", name);
            self.add_spread(name, internal.clone(), Vec::new(), &rules.local, rules.affinity_seconds);
        }
        let mut external = everywhere.clone();
        if rules.external_local {
            // The cluster's own packets may go anywhere: their source is known where they end.
            let own = ["ip saddr @cluster", "fib saddr type local"].map(|own| format!("{own} goto {everywhere}"));
            external = chain("ext", name);
            self.add_spread(name, external.clone(), own.to_vec(), &rules.local, rules.affinity_seconds);
        }
        let balanced = self.guard(name, rules, &external);
        for (frontends, to) in [(&rules.frontends, internal), (&rules.external, external), (&rules.balanced, balanced)] {
            for frontend in frontends {
                self.elements.insert(element(frontend, true), Some(format!("goto {to}")));
            }
        }
    }

    /// The chain in front of load-balancer addresses that lets only those through who may use them.
    fn guard(&mut self, name: &PortName, rules: &SetRules, next: &str) -> String {
        let ranges: Vec<&str> = rules.source_ranges.iter().map(|range| range.trim()).filter(|range| is_range(range)).collect();
        if ranges.is_empty() || rules.balanced.is_empty() {
            return next.to_owned();
        }
        let guard = chain("lb", name);
        let refuse = format!("ip saddr != {{ {} }} drop", ranges.join(", "));
        self.chains.insert(guard.clone(), vec![refuse, format!("goto {next}")]);
        guard
    }

    /// A chain that begins with `rules` and spreads the rest over `backends`; without any, packets are dropped.
    fn add_spread(
        &mut self,
        name: &PortName,
        chain: String,
        mut rules: Vec<String>,
        backends: &[Backend],
        affinity_seconds: Option<u32>,
    ) {
        match affinity_seconds {
            _ if backends.is_empty() => rules.push("drop".into()),
            Some(seconds) => rules.extend(self.sticky(name, backends, seconds)),
            None => rules.push(spread(name, backends)),
        }
        self.chains.insert(chain, rules);
    }

    /// One set and one chain per backend: a client found in a set goes where it went before.
    fn sticky(&mut self, name: &PortName, backends: &[Backend], seconds: u32) -> Vec<String> {
        let part = |prefix: &str, backend: &Backend| format!("{}/{}.{}", chain(prefix, name), backend.address, backend.port);
        let mut dispatch = Vec::new();
        let mut verdicts = Vec::new();
        for (at, backend) in backends.iter().enumerate() {
            let (set, to) = (part("aff", backend), part("ep", backend));
            dispatch.push(format!("ip saddr @{set} goto {to}"));
            verdicts.push(format!("{at} : goto {to}"));
            let remember = format!("update @{set} {{ ip saddr timeout {seconds}s }}");
            self.chains.insert(to, vec![remember, direct(name, backend)]);
            self.sets.insert(set, format!("type ipv4_addr; flags dynamic,timeout; timeout {seconds}s;"));
        }
        dispatch.push(format!("numgen random mod {} vmap {{ {} }}", verdicts.len(), verdicts.join(", ")));
        dispatch
    }

    /// Names of the containers an element may be in.
    pub(super) fn containers() -> BTreeSet<&'static str> {
        BTreeSet::from([SERVICES, NODE_PORTS, HOST_PORTS, REFUSED, REFUSED_PORTS, HAIRPIN])
    }
}

/// The name of a chain of this port.
fn chain(prefix: &str, name: &PortName) -> String {
    let port = if name.port.is_empty() { "-" } else { &name.port };
    let of = if name.of == Of::Pod { "pod/" } else { "" };
    format!("{of}{prefix}/{}/{}/{}/{port}", name.namespace, name.service, name.protocol.as_str())
}

/// Whether a text is a range of IPv4 addresses, such as packet rules take it.
fn is_range(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    address.parse::<std::net::Ipv4Addr>().is_ok() && prefix.parse::<u8>().is_ok_and(|prefix| prefix <= 32)
}

fn element(frontend: &Frontend, served: bool) -> (&'static str, String) {
    match frontend {
        Frontend::Address(protocol, address, port) => {
            (if served { SERVICES } else { REFUSED }, format!("{} . {address} . {port}", protocol.as_str()))
        }
        Frontend::NodePort(protocol, port) => {
            (if served { NODE_PORTS } else { REFUSED_PORTS }, format!("{} . {port}", protocol.as_str()))
        }
        // Host ports always have their pod behind them.
        Frontend::HostPort(protocol, port) => (HOST_PORTS, format!("{} . {port}", protocol.as_str())),
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
