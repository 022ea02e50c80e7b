//! Where a node's kubelet listens.

use serde_json::Value;

const KUBELET_PORT: u16 = 10250;

/// Host and port of the kubelet of `node` (a Node object); `None` where it tells no address.
pub(super) fn node_address(node: &Value) -> Option<(String, u16)> {
    let addresses = node.pointer("/status/addresses").and_then(Value::as_array)?;
    let of_type = |wanted: &str| {
        let found = addresses.iter().find(|address| address.get("type").and_then(Value::as_str) == Some(wanted))?;
        found.get("address")?.as_str().filter(|address| !address.is_empty()).map(String::from)
    };
    let host = ["InternalIP", "ExternalIP", "Hostname"].into_iter().find_map(of_type)?;
    let port = node.pointer("/status/daemonEndpoints/kubeletEndpoint/Port").and_then(Value::as_u64);
    let port = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0);
    Some((host, port.unwrap_or(KUBELET_PORT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_internal_address_goes_first_and_the_port_is_as_told() {
        let mut node = json!({"status": {"addresses": [
            {"type": "Hostname", "address": "n1"}, {"type": "InternalIP", "address": "192.0.2.7"}]}});
        assert_eq!(node_address(&node), Some(("192.0.2.7".into(), 10250)));
        node["status"]["daemonEndpoints"] = json!({"kubeletEndpoint": {"Port": 4321}});
        assert_eq!(node_address(&node), Some(("192.0.2.7".into(), 4321)));
        assert_eq!(node_address(&json!({"status": {}})), None);
    }
}
