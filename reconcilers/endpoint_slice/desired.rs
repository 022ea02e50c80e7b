//! The slices that a Service should have.

use std::collections::BTreeMap;

use kontiki_api::view::{EndpointConditions, EndpointPort, EndpointSlice, Pod, Service, SliceEndpoint};
use kontiki_runtime::world::{Seen, World};

use crate::common::backends::{backends, hostname, ports, target};

/// Upstream's `--max-endpoints-per-slice`.
const PER_SLICE: usize = 100;

/// The slices of `service`, without names: by set of ports, endpoints sorted, one empty slice where there is nothing.
pub(super) fn desired(world: &World, service: &Seen<Service>) -> Vec<EndpointSlice> {
    let mut by_ports: BTreeMap<Vec<EndpointPort>, Vec<SliceEndpoint>> = BTreeMap::new();
    for pod in backends(world, service) {
        let mut ports = ports(service, pod);
        ports.sort();
        if !ports.is_empty() || service.spec.ports.is_empty() {
            by_ports.entry(ports).or_default().push(endpoint(service, pod));
        }
    }
    if by_ports.is_empty() {
        by_ports.insert(Vec::new(), Vec::new());
    }
    by_ports.into_iter().flat_map(|(ports, endpoints)| cut(&ports, endpoints)).collect()
}

fn cut(ports: &[EndpointPort], mut endpoints: Vec<SliceEndpoint>) -> Vec<EndpointSlice> {
    endpoints.sort();
    let slice =
        |part: &[SliceEndpoint]| EndpointSlice { address_type: "IPv4".into(), endpoints: part.to_vec(), ports: ports.to_vec() };
    if endpoints.is_empty() { vec![slice(&[])] } else { endpoints.chunks(PER_SLICE).map(slice).collect() }
}

fn endpoint(service: &Seen<Service>, pod: &Seen<Pod>) -> SliceEndpoint {
    let (ready, terminating) = (pod.is_ready(), pod.head().deleted.is_some());
    let conditions = EndpointConditions {
        ready: Some(service.spec.publish_not_ready_addresses || (ready && !terminating)),
        serving: Some(ready),
        terminating: Some(terminating),
    };
    SliceEndpoint {
        addresses: vec![pod.status.pod_ip.clone()],
        conditions,
        hostname: hostname(service, pod),
        target_ref: Some(target(pod)),
        node_name: Some(pod.spec.node_name.clone()).filter(|node| !node.is_empty()),
        zone: None,
    }
}
