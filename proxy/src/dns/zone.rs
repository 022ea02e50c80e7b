//! What cluster DNS knows, as data.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use kontiki_runtime::effect::Effect;
use kontiki_runtime::world::{Seen, World};
use serde::{Deserialize, Serialize};

use crate::rules::service_of;
use crate::view::{ServiceView, SliceEndpoint, SliceView};

/// Everything below `svc` of the cluster domain: one effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Namespace to service name to service.
    pub namespaces: BTreeMap<String, BTreeMap<String, Service>>,
}

/// One Service as DNS sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Service {
    /// One virtual address; ports by (name, protocol) for SRV.
    Virtual {
        /// The cluster IP.
        address: Ipv4Addr,
        /// (port name, protocol in lower case, number).
        ports: Vec<(String, String, u16)>,
    },
    /// No virtual address: every endpoint is named.
    Headless {
        /// The endpoints.
        targets: Vec<Target>,
    },
    /// `ExternalName`: another name stands for it.
    Alias {
        /// The other name, without a final dot.
        name: String,
    },
}

/// One endpoint of a headless Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its address.
    pub address: Ipv4Addr,
    /// Its name below the service: the host name, or the address with dashes.
    pub host: String,
    /// (port name, protocol in lower case, number).
    pub ports: Vec<(String, String, u16)>,
}

impl Effect for Zone {
    type Key = ();

    fn key(&self) -> Self::Key {}
}

/// The zone that the Services and EndpointSlices of `world` make.
pub fn zone(world: &World) -> Zone {
    let mut slices: BTreeMap<(&str, &str), Vec<&Seen<SliceView>>> = BTreeMap::new();
    for slice in world.list::<SliceView>().filter(|slice| slice.address_type == "IPv4") {
        if let Some(service) = service_of(slice) {
            slices.entry((slice.namespace(), service)).or_default().push(slice);
        }
    }
    let mut zone = Zone::default();
    for service in world.list::<ServiceView>() {
        let of_service = slices.get(&(&**service.namespace(), &**service.name())).map_or(&[][..], Vec::as_slice);
        if let Some(known) = describe(service, of_service) {
            let namespace = zone.namespaces.entry(service.namespace().to_string()).or_default();
            namespace.insert(service.name().to_string(), known);
        }
    }
    zone
}

fn describe(service: &ServiceView, slices: &[&Seen<SliceView>]) -> Option<Service> {
    let spec = &service.spec;
    if spec.r#type == "ExternalName" {
        return Some(Service::Alias { name: spec.external_name.trim_end_matches('.').to_string() });
    }
    if spec.cluster_ip == "None" {
        let targets = slices.iter().flat_map(|slice| targets(slice, spec.publish_not_ready_addresses)).collect();
        return Some(Service::Headless { targets });
    }
    let address = spec.cluster_ip.parse().ok()?;
    let ports = spec.ports.iter().map(|port| (port.name.clone(), lower(&port.protocol), port.port)).collect();
    Some(Service::Virtual { address, ports })
}

fn targets(slice: &SliceView, not_ready_too: bool) -> Vec<Target> {
    let ports: Vec<_> = slice
        .ports
        .iter()
        .filter_map(|port| {
            Some((port.name.clone().unwrap_or_default(), lower(port.protocol.as_deref().unwrap_or_default()), port.port?))
        })
        .collect();
    let named = |endpoint: &SliceEndpoint| not_ready_too || endpoint.conditions.ready.unwrap_or(true);
    let endpoints = slice.endpoints.iter().filter(|endpoint| named(endpoint));
    endpoints
        .filter_map(|endpoint| {
            let address: Ipv4Addr = endpoint.addresses.first()?.parse().ok()?;
            let host = endpoint.hostname.clone().unwrap_or_else(|| address.to_string().replace('.', "-"));
            Some(Target { address, host, ports: ports.clone() })
        })
        .collect()
}

fn lower(protocol: &str) -> String {
    if protocol.is_empty() { "tcp".into() } else { protocol.to_ascii_lowercase() }
}
