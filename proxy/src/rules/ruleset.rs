//! From Services and EndpointSlices to rules.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kontiki_runtime::world::{Seen, World};

use super::{Backend, Frontend, PortName, Protocol, Ruleset, SetRules, service_of};
use crate::view::{ServicePort, ServiceSpec, ServiceView, SliceEndpoint, SliceView};

/// Upstream's default for `sessionAffinityConfig.clientIP.timeoutSeconds`.
const DEFAULT_AFFINITY_SECONDS: u32 = 10_800;

/// What the rules depend on besides the World.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// This node's name, for `Local` traffic policies.
    pub node: String,
}

/// The rules that the Services and EndpointSlices of `world` ask for on this node.
pub fn ruleset(world: &World, config: &ProxyConfig) -> Ruleset {
    let mut slices: BTreeMap<(&str, &str), Vec<&Seen<SliceView>>> = BTreeMap::new();
    for slice in world.list::<SliceView>() {
        if let (Some(service), "IPv4") = (service_of(slice), slice.address_type.as_str()) {
            slices.entry((slice.namespace(), service)).or_default().push(slice);
        }
    }
    let mut ports = BTreeMap::new();
    for service in world.list::<ServiceView>() {
        let of_service = slices.get(&(&**service.namespace(), &**service.name())).map_or(&[][..], Vec::as_slice);
        for (port, protocol) in service.spec.ports.iter().filter_map(|port| Some((port, Protocol::parse(&port.protocol)?))) {
            let name = PortName {
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

fn port_rules(
    service: &ServiceView,
    port: &ServicePort,
    protocol: Protocol,
    slices: &[&Seen<SliceView>],
    config: &ProxyConfig,
) -> Option<SetRules> {
    let frontends = frontends(service, port, protocol);
    if frontends.is_empty() {
        return None;
    }
    let local_only = service.spec.internal_traffic_policy == "Local";
    Some(SetRules {
        frontends,
        backends: backends(port, protocol, slices, local_only.then_some(&*config.node)),
        affinity_seconds: affinity(&service.spec),
    })
}

fn frontends(service: &ServiceView, port: &ServicePort, protocol: Protocol) -> Vec<Frontend> {
    let spec = &service.spec;
    if spec.r#type == "ExternalName" {
        return Vec::new();
    }
    let ingress = service.status.load_balancer.ingress.iter().map(|ingress| &ingress.ip);
    let addresses = std::iter::once(&spec.cluster_ip).chain(&spec.external_ips).chain(ingress);
    let mut frontends: Vec<Frontend> =
        addresses.filter_map(|text| text.parse().ok()).map(|address| Frontend::Address(protocol, address, port.port)).collect();
    if port.node_port != 0 {
        frontends.push(Frontend::NodePort(protocol, port.node_port));
    }
    frontends
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
    let here = |endpoint: &&SliceEndpoint| node.is_none_or(|node| endpoint.node_name.as_deref() == Some(node));
    let usable = slice.endpoints.iter().filter(|endpoint| usable(endpoint)).filter(here);
    let addresses = usable.filter_map(|endpoint| endpoint.addresses.first()?.parse::<Ipv4Addr>().ok());
    addresses.map(|address| Backend { address, port: number }).collect()
}

fn affinity(spec: &ServiceSpec) -> Option<u32> {
    if spec.session_affinity != "ClientIP" {
        return None;
    }
    let configured = spec.session_affinity_config.as_ref().and_then(|config| config.client_ip.timeout_seconds);
    Some(configured.unwrap_or(DEFAULT_AFFINITY_SECONDS))
}
