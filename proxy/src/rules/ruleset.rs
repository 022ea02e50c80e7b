//! From Services and EndpointSlices to rules.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kontiki_runtime::world::{Seen, World};

use super::host_ports::host_ports;
use super::{Backend, Frontend, Of, PortName, Protocol, Ruleset, SetRules, service_of};
use crate::view::{ServicePort, ServiceSpec, ServiceView, SliceEndpoint, SliceView};

/// Upstream's default for `sessionAffinityConfig.clientIP.timeoutSeconds`.
const DEFAULT_AFFINITY_SECONDS: u32 = 10_800;

/// What the rules depend on besides the World.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// This node's name, for `Local` traffic policies.
    pub node: String,
}

/// The rules that the Services, EndpointSlices and host ports of `world` ask for on this node. Topology hints and
/// `trafficDistribution` are not heeded: every usable endpoint takes its share.
pub fn ruleset(world: &World, config: &ProxyConfig) -> Ruleset {
    let slices = by_service(world);
    let mut ports: BTreeMap<PortName, SetRules> = host_ports(world, &config.node).into_iter().collect();
    for service in world.list::<ServiceView>() {
        let of_service = slices.get(&(&**service.namespace(), &**service.name())).map_or(&[][..], Vec::as_slice);
        for (port, protocol) in service.spec.ports.iter().filter_map(|port| Some((port, Protocol::parse(&port.protocol)?))) {
            let name = PortName {
                of: Of::Service,
                namespace: service.namespace().to_string(),
                service: service.name().to_string(),
                port: port.name.clone(),
                protocol,
            };
            if let Some(rules) = port_rules(service, port, protocol, of_service, config) {
                ports.insert(name, rules);
            }
        }
    }
    Ruleset { ports }
}

/// The IPv4 slices by namespace and name of their Service.
pub fn by_service(world: &World) -> BTreeMap<(&str, &str), Vec<&Seen<SliceView>>> {
    let mut slices: BTreeMap<(&str, &str), Vec<&Seen<SliceView>>> = BTreeMap::new();
    for slice in world.list::<SliceView>() {
        if let (Some(service), "IPv4") = (service_of(slice), slice.address_type.as_str()) {
            slices.entry((slice.namespace(), service)).or_default().push(slice);
        }
    }
    slices
}

fn port_rules(
    service: &ServiceView,
    port: &ServicePort,
    protocol: Protocol,
    slices: &[&Seen<SliceView>],
    config: &ProxyConfig,
) -> Option<SetRules> {
    let spec = &service.spec;
    if spec.r#type == "ExternalName" {
        return None;
    }
    let at = |text: &String| Some(Frontend::Address(protocol, text.parse().ok()?, port.port));
    let node_port = (port.node_port != 0).then_some(Frontend::NodePort(protocol, port.node_port));
    // An address of mode `Proxy` leads to the balancer, which sends packets to node ports itself.
    let ingress = service.status.load_balancer.ingress.iter().filter(|ingress| ingress.ip_mode != "Proxy");
    let mut rules = SetRules {
        frontends: at(&spec.cluster_ip).into_iter().collect(),
        external: spec.external_ips.iter().filter_map(at).chain(node_port).collect(),
        balanced: ingress.filter_map(|ingress| at(&ingress.ip)).collect(),
        source_ranges: spec.load_balancer_source_ranges.clone(),
        backends: backends(port, protocol, slices, None),
        affinity_seconds: affinity(spec),
        internal_local: spec.internal_traffic_policy == "Local",
        external_local: spec.external_traffic_policy == "Local",
        ..SetRules::default()
    };
    if rules.internal_local || rules.external_local {
        rules.local = backends(port, protocol, slices, Some(&config.node));
    }
    let reachable = rules.all_frontends().next().is_some();
    reachable.then_some(rules)
}

/// Ready endpoints; where there are none, those that still serve while they end (upstream's fallback).
fn backends(port: &ServicePort, protocol: Protocol, slices: &[&Seen<SliceView>], node: Option<&str>) -> Vec<Backend> {
    let of = |usable: fn(&SliceEndpoint) -> bool| {
        let mut found: Vec<Backend> =
            slices.iter().flat_map(|slice| slice_backends(slice, port, protocol, node, usable)).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let ready = of(|endpoint| endpoint.conditions.ready.unwrap_or(true));
    if !ready.is_empty() {
        return ready;
    }
    of(|endpoint| endpoint.conditions.terminating == Some(true) && endpoint.conditions.serving.unwrap_or(true))
}

fn slice_backends(
    slice: &SliceView,
    port: &ServicePort,
    protocol: Protocol,
    node: Option<&str>,
    usable: fn(&SliceEndpoint) -> bool,
) -> Vec<Backend> {
    let same = |name: &Option<String>| name.as_deref().unwrap_or_default() == port.name;
    let number = slice.ports.iter().find_map(|candidate| {
        let fits = same(&candidate.name) && Protocol::parse(candidate.protocol.as_deref().unwrap_or_default()) == Some(protocol);
        candidate.port.filter(|_| fits)
    });
    let Some(number) = number else { return Vec::new() };
    let here = |endpoint: &&SliceEndpoint| node.is_none_or(|node| on_node(endpoint, node));
    let usable = slice.endpoints.iter().filter(|endpoint| usable(endpoint)).filter(here);
    let addresses = usable.filter_map(|endpoint| endpoint.addresses.first()?.parse::<Ipv4Addr>().ok());
    addresses.map(|address| Backend { address, port: number }).collect()
}

/// Whether an endpoint runs on `node`.
pub fn on_node(endpoint: &SliceEndpoint, node: &str) -> bool {
    endpoint.node_name.as_deref() == Some(node)
}

fn affinity(spec: &ServiceSpec) -> Option<u32> {
    if spec.session_affinity != "ClientIP" {
        return None;
    }
    let configured = spec.session_affinity_config.as_ref().and_then(|config| config.client_ip.timeout_seconds);
    Some(configured.unwrap_or(DEFAULT_AFFINITY_SECONDS))
}
