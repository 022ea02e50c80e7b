//! Ports of the node that pods bind.

use kontiki_api::Text;
use kontiki_api::view::Pod;

/// A port of a node: protocol, number, address (`0.0.0.0` for all).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPort {
    protocol: Text,
    port: u16,
    address: Text,
}

impl HostPort {
    /// Whether both cannot be bound on one node.
    pub fn conflicts(&self, other: &Self) -> bool {
        let everywhere = |port: &Self| &*port.address == "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (self.address == other.address || everywhere(self) || everywhere(other))
    }
}

/// The ports of its node that `pod` binds.
pub(super) fn host_ports(pod: &Pod) -> impl Iterator<Item = HostPort> {
    let beside = pod.spec.init_containers.iter().filter(|container| &*container.restart_policy == "Always");
    let ports = pod.spec.containers.iter().chain(beside).flat_map(|container| &container.ports);
    let or = |text: &Text, default: &str| if text.is_empty() { default.into() } else { text.clone() };
    ports.filter(|port| port.host_port > 0).map(move |port| HostPort {
        protocol: or(&port.protocol, "TCP"),
        port: port.host_port,
        address: or(&port.host_ip, "0.0.0.0"),
    })
}
