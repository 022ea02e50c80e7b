//! The other bootstrap objects.

use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::Bootstrap;
use crate::admit::{ServiceIp, ip_address};
use crate::pki::FRONT_PROXY_CLIENT;

/// The namespaces that are always there.
pub(super) fn namespaces() -> Vec<Value> {
    let namespace = |name: &str| {
        json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        })
    };
    ["default", "kube-system", "kube-public", "kube-node-lease"].map(namespace).into()
}

/// The two priority classes of system pods.
pub(super) fn priority_classes() -> Vec<Value> {
    let class = |(name, value, description): (&str, i64, &str)| {
        json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name, "generation": 1},
            "value": value, "description": description, "preemptionPolicy": "PreemptLowerPriority",
        })
    };
    let classes = [
        ("system-cluster-critical", 2_000_000_000, "For pods the cluster cannot do without, on whichever node they run."),
        ("system-node-critical", 2_000_001_000, "For pods their node cannot do without."),
    ];
    classes.map(class).into()
}

/// The Service `kubernetes` with its endpoints: how pods reach the API server.
pub(super) fn kubernetes_service(config: &Bootstrap) -> Vec<Value> {
    let labels = json!({"component": "apiserver", "provider": "kubernetes"});
    let (family, service_ip) = (family(config.service_ip), config.service_ip.to_string());
    vec![json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "spec": {
            "type": "ClusterIP", "clusterIP": service_ip, "clusterIPs": [service_ip],
            "ipFamilies": [family], "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster", "sessionAffinity": "None",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": config.port}],
        },
        "status": {"loadBalancer": {}},
    })]
}

/// The reservation of the address of the Service `kubernetes`, and the range it lies in.
pub(super) fn service_addresses(config: &Bootstrap, now: Time) -> Vec<Value> {
    let address = config.service_ip.to_string();
    let mut all = vec![ip_address(&address, ("default", "kubernetes", ""), Value::Null)];
    if config.service_ip.is_ipv4() {
        let ready = json!({
            "type": "Ready", "status": "True", "reason": "", "message": "Kubernetes default Service CIDR is ready",
            "lastTransitionTime": now.seconds(),
        });
        all.push(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "kubernetes"},
            "spec": {"cidrs": [ServiceIp::default().range()]}, "status": {"conditions": [ready]},
        }));
    }
    all
}

/// Where the API server listens: renewed at each start.
pub(super) fn kubernetes_endpoints(config: &Bootstrap) -> Vec<Value> {
    let mut all: Vec<_> = config.further.iter().chain([&config.address]).collect();
    all.sort_unstable();
    all.dedup();
    let ips: Vec<Value> = all.iter().map(|address| json!({"ip": address.to_string()})).collect();
    let endpoints: Vec<Value> =
        all.iter().map(|address| json!({"addresses": [address.to_string()], "conditions": {"ready": true}})).collect();
    let port = json!({"name": "https", "port": config.port, "protocol": "TCP"});
    vec![
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": {
                "name": "kubernetes", "namespace": "default",
                "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
            },
            "subsets": [{"addresses": ips, "ports": [port]}],
        }),
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": "kubernetes", "namespace": "default", "generation": 1,
                "labels": {"kubernetes.io/service-name": "kubernetes"},
            },
            "addressType": family(config.address),
            "endpoints": endpoints,
            "ports": [port],
        }),
    ]
}

/// What extension servers read to know whom to trust.
pub(super) fn extension_authentication(config: &Bootstrap) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "extension-apiserver-authentication", "namespace": "kube-system"},
        "data": {
            "client-ca-file": config.authority,
            "requestheader-client-ca-file": config.front_proxy,
            "requestheader-allowed-names": json!([FRONT_PROXY_CLIENT]).to_string(),
            "requestheader-username-headers": json!(["X-Remote-User"]).to_string(),
            "requestheader-uid-headers": json!(["X-Remote-Uid"]).to_string(),
            "requestheader-group-headers": json!(["X-Remote-Group"]).to_string(),
            "requestheader-extra-headers-prefix": json!(["X-Remote-Extra-"]).to_string(),
        },
    })
}

fn family(address: std::net::IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}
