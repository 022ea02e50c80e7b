//! The shared suite, on the reconcilers of packet rules, health-check ports and DNS.

use kontiki_api::meta::Key;
use kontiki_proxy::dns::DnsReconciler;
use kontiki_proxy::health::HealthReconciler;
use kontiki_proxy::rules::{ProxyConfig, ProxyReconciler};
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

fn service(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec})
}

fn slice(service: &str, name: &str, address: &str, node: &str) -> Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": service}},
        "endpoints": [{"addresses": [address], "nodeName": node, "conditions": {"ready": true}}],
        "ports": [{"name": "", "protocol": "TCP", "port": 8080}],
    })
}

fn web() -> Value {
    service(
        "web",
        json!({
            "type": "LoadBalancer", "clusterIP": "10.96.1.1", "externalTrafficPolicy": "Local", "healthCheckNodePort": 30900,
            "ports": [{"protocol": "TCP", "port": 80, "targetPort": 8080, "nodePort": 30080}],
        }),
    )
}

fn headless() -> Value {
    service("db", json!({"clusterIP": "None", "ports": [{"protocol": "TCP", "port": 80, "targetPort": 8080}]}))
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
        "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80, "hostPort": 8080}]}]},
        "status": {"phase": "Running", "podIP": "10.244.0.9"},
    })
}

fn scenarios() -> [Scenario; 3] {
    let slices = || [slice("web", "web-1", "10.244.0.2", "n1"), slice("web", "web-2", "10.244.1.2", "n2")];
    [
        Scenario::new("slices before and after their Service")
            .put(slices())
            .put([web(), headless()])
            .put([slice("db", "db-1", "10.244.0.3", "n1"), pod()]),
        Scenario::new("all at once").put_together(slices().into_iter().chain([web(), headless(), pod()])),
        Scenario::new("endpoints and Services go")
            .put(slices())
            .put([web(), headless()])
            .delete(Key::new("endpointslices.discovery.k8s.io", "default", "web-1"))
            .delete(Key::new("services", "default", "db")),
    ]
}

#[test]
fn the_reconciler_of_packet_rules_passes_the_suite() {
    Suite::new(ProxyReconciler { config: ProxyConfig { node: "n1".into() } }).run(&scenarios());
}

#[test]
fn the_reconciler_of_health_check_ports_passes_the_suite() {
    Suite::new(HealthReconciler { node: "n1".into() }).run(&scenarios());
}

#[test]
fn the_reconciler_of_dns_passes_the_suite() {
    Suite::new(DnsReconciler).run(&scenarios());
}
