//! The slices that mirror Endpoints.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kontiki_api::Text;
use kontiki_api::view::{
    EndpointAddress, EndpointConditions, EndpointPort, EndpointSlice, EndpointSubset, Endpoints, SliceEndpoint,
};

/// Upstream's `--mirroring-max-endpoints-per-subset`: addresses beyond are left out.
const PER_SUBSET: usize = 1000;

/// The slices of `endpoints`, without names: one per set of ports and address family.
pub(super) fn desired(endpoints: &Endpoints) -> Vec<EndpointSlice> {
    let mut by_form: BTreeMap<(Vec<EndpointPort>, Text), Vec<SliceEndpoint>> = BTreeMap::new();
    for subset in &endpoints.subsets {
        let mut ports = subset.ports.clone();
        ports.iter_mut().for_each(|port| port.name = Some(port.name.take().unwrap_or_default()));
        ports.sort();
        for (address, ready) in addresses(subset).take(PER_SUBSET) {
            let Some(family) = family(&address.ip) else { continue };
            by_form.entry((ports.clone(), family.into())).or_default().push(endpoint(address, ready));
        }
    }
    let slice = |((ports, address_type), mut endpoints): ((_, _), Vec<SliceEndpoint>)| {
        endpoints.sort();
        endpoints.dedup();
        EndpointSlice { address_type, endpoints, ports }
    };
    by_form.into_iter().map(slice).collect()
}

fn addresses(subset: &EndpointSubset) -> impl Iterator<Item = (&EndpointAddress, bool)> {
    let ready = subset.addresses.iter().map(|address| (address, true));
    ready.chain(subset.not_ready_addresses.iter().map(|address| (address, false)))
}

fn family(address: &str) -> Option<&'static str> {
    address.parse().ok().map(|address: IpAddr| if address.is_ipv4() { "IPv4" } else { "IPv6" })
}

fn endpoint(address: &EndpointAddress, ready: bool) -> SliceEndpoint {
    SliceEndpoint {
        addresses: vec![address.ip.clone()],
        conditions: EndpointConditions { ready: Some(ready), ..EndpointConditions::default() },
        hostname: address.hostname.clone().filter(|name| !name.is_empty()),
        target_ref: address.target_ref.clone(),
        node_name: address.node_name.clone(),
        zone: None,
    }
}
