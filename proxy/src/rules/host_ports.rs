//! Host ports of this node's pods.

use std::net::Ipv4Addr;

use kontiki_runtime::world::{Seen, World};

use super::{Backend, Frontend, Of, PortName, Protocol, SetRules};
use crate::view::{ContainerPort, PodView};

/// The ports of `node` that lead to one of its pods (`ports[].hostPort`).
pub fn host_ports(world: &World, node: &str) -> Vec<(PortName, SetRules)> {
    let here = world.list::<PodView>().filter(|pod| pod.spec.node_name == node && !pod.spec.host_network);
    let alive = here.filter(|pod| !matches!(pod.status.phase.as_str(), "Succeeded" | "Failed"));
    alive.flat_map(of_pod).collect()
}

fn of_pod(pod: &Seen<PodView>) -> Vec<(PortName, SetRules)> {
    let Ok(address) = pod.status.pod_ip.parse::<Ipv4Addr>() else { return Vec::new() };
    let sidecars = pod.spec.init_containers.iter().filter(|container| container.restart_policy == "Always");
    let ports = pod.spec.containers.iter().chain(sidecars).flat_map(|container| &container.ports);
    ports.filter(|port| port.host_port != 0).filter_map(|port| one(pod, port, address)).collect()
}

fn one(pod: &Seen<PodView>, port: &ContainerPort, address: Ipv4Addr) -> Option<(PortName, SetRules)> {
    let protocol = Protocol::parse(&port.protocol)?;
    let name = PortName {
        of: Of::Pod,
        namespace: pod.namespace().to_string(),
        service: pod.uid().to_string(),
        port: match port.host_ip.as_str() {
            "" => port.host_port.to_string(),
            ip => format!("{}.{ip}", port.host_port),
        },
        protocol,
    };
    let everywhere = Frontend::HostPort(protocol, port.host_port);
    let frontend = match port.host_ip.as_str() {
        "" => everywhere,
        ip => match ip.parse::<Ipv4Addr>().ok()? {
            ip if ip.is_unspecified() => everywhere,
            ip => Frontend::Address(protocol, ip, port.host_port),
        },
    };
    let backends = vec![Backend { address, port: port.container_port }];
    Some((name, SetRules { frontends: vec![frontend], backends, ..SetRules::default() }))
}
