//! Addresses and node ports of Services.

use std::sync::Arc;

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use kontiki_apiserver::Server;
use kontiki_apiserver::admit::ServiceIp;
use serde_json::{Value, json};

use crate::harness::{Caller, MERGE, config};

const SERVICES: &str = "/api/v1/namespaces/default/services";

fn cluster() -> Caller {
    let mut config = config();
    config.plugins = vec![Arc::new(ServiceIp::default())];
    Caller(Server::new(config))
}

fn service(name: &str, spec: Value) -> String {
    let mut whole = json!({"selector": {"app": "web"}, "ports": [{"port": 80}]});
    for (field, value) in spec.as_object().unwrap() {
        whole[field] = value.clone();
    }
    json!({"metadata": {"name": name}, "spec": whole}).to_string()
}

#[tokio::test]
async fn a_service_gets_an_address_of_its_own() {
    let server = cluster();
    let first = server.create(SERVICES, &service("a", json!({}))).await;
    let second = server.create(SERVICES, &service("b", json!({}))).await;
    let address = first["spec"]["clusterIP"].as_str().unwrap();
    assert!(address.starts_with("10."), "{address}");
    assert_eq!(first["spec"]["clusterIPs"], json!([address]));
    assert_ne!(second["spec"]["clusterIP"], address);
    let reserved = server.get(&format!("/apis/networking.k8s.io/v1/ipaddresses/{address}")).await.unwrap();
    assert_eq!(reserved["spec"]["parentRef"], json!({"group": "", "resource": "services", "namespace": "default", "name": "a"}));
    let again = server.call(Verb::Create, SERVICES, &service("a", json!({"clusterIP": address}))).await.unwrap_err();
    assert_eq!(again.reason, Reason::AlreadyExists);
    let taken = server.call(Verb::Create, SERVICES, &service("c", json!({"clusterIP": address}))).await.unwrap_err();
    assert_eq!(taken.reason, Reason::Invalid);
    assert!(taken.message.contains("provided IP is already allocated"), "{}", taken.message);
    let strange = server.call(Verb::Create, SERVICES, &service("c", json!({"clusterIP": "192.0.2.1"}))).await.unwrap_err();
    assert!(strange.message.contains("The range of valid IPs is 10.96.0.0/12"), "{}", strange.message);
}

#[tokio::test]
async fn what_a_deleted_service_had_is_free_again() {
    let server = cluster();
    let spec = json!({"type": "NodePort", "clusterIP": "10.96.7.7", "ports": [{"port": 80, "nodePort": 30080}]});
    server.create(SERVICES, &service("a", spec.clone())).await;
    server.call(Verb::Delete, &format!("{SERVICES}/a"), "").await.unwrap();
    server.create(SERVICES, &service("b", spec)).await;
    server.call(Verb::DeleteCollection, SERVICES, "").await.unwrap();
    assert_eq!(server.0.store().status().objects, 0);
}

#[tokio::test]
async fn headless_and_external_services_take_nothing() {
    let server = cluster();
    let headless = server.create(SERVICES, &service("a", json!({"clusterIP": "None"}))).await;
    assert_eq!(headless["spec"]["clusterIPs"], json!(["None"]));
    let external = server.create(SERVICES, &service("b", json!({"type": "ExternalName", "externalName": "example.com"}))).await;
    assert!(external["spec"].get("clusterIP").is_none());
    assert_eq!(server.0.store().status().objects, 2);
}

#[tokio::test]
async fn node_ports_come_and_go_with_the_type() {
    let server = cluster();
    server.create(SERVICES, &service("a", json!({"type": "NodePort"}))).await;
    let path = format!("{SERVICES}/a");
    let made = server.get(&path).await.unwrap();
    let port = made["spec"]["ports"][0]["nodePort"].as_u64().unwrap();
    assert!((30_000..=32_767).contains(&port));
    let same = server.patch(&path, MERGE, r#"{"metadata":{"labels":{"l":"1"}},"spec":{"ports":[{"port":80}]}}"#).await.unwrap();
    assert_eq!(same["spec"]["ports"][0]["nodePort"], port);
    let taken = service("b", json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]}));
    let refused = server.call(Verb::Create, SERVICES, &taken).await.unwrap_err();
    assert_eq!((refused.reason, refused.details.causes[0].field.as_str()), (Reason::Invalid, "spec.ports[0].nodePort"));
    assert!(refused.message.contains("provided port is already allocated"), "{}", refused.message);
    let inner = server.patch(&path, MERGE, r#"{"spec":{"type":"ClusterIP"}}"#).await.unwrap();
    assert!(inner["spec"]["ports"][0].get("nodePort").is_none());
    assert_eq!(inner["spec"]["clusterIP"], made["spec"]["clusterIP"]);
    server.create(SERVICES, &taken).await;
    let far = service("c", json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]}));
    let refused = server.call(Verb::Create, SERVICES, &far).await.unwrap_err();
    assert!(refused.message.contains("30000-32767"), "{}", refused.message);
}

#[tokio::test]
async fn a_further_range_has_addresses_too() {
    let server = cluster();
    let range = json!({"metadata": {"name": "more"}, "spec": {"cidrs": ["10.200.0.0/24"]}});
    server.create("/apis/networking.k8s.io/v1/servicecidrs", &range.to_string()).await;
    let made = server.create(SERVICES, &service("a", json!({"clusterIP": "10.200.0.9"}))).await;
    assert_eq!(made["spec"]["clusterIP"], "10.200.0.9");
    let first = server.call(Verb::Create, SERVICES, &service("b", json!({"clusterIP": "10.200.0.0"}))).await.unwrap_err();
    assert_eq!(first.reason, Reason::Invalid);
}

#[tokio::test]
async fn ports_of_one_number_share_their_node_port() {
    let server = cluster();
    let ports = json!([{"name": "t", "port": 53, "protocol": "TCP"}, {"name": "u", "port": 53, "protocol": "UDP"},
        {"name": "o", "port": 80}]);
    let made = server.create(SERVICES, &service("a", json!({"type": "NodePort", "ports": ports}))).await;
    let number = |service: &Value, at: usize| service["spec"]["ports"][at]["nodePort"].as_u64().unwrap();
    assert_eq!(number(&made, 0), number(&made, 1));
    assert_ne!(number(&made, 0), number(&made, 2));
    let ports =
        json!([{"name": "t", "port": 53, "protocol": "TCP"}, {"name": "u", "port": 53, "protocol": "UDP", "nodePort": 30053}]);
    let made = server.create(SERVICES, &service("b", json!({"type": "NodePort", "ports": ports}))).await;
    assert_eq!((number(&made, 0), number(&made, 1)), (30_053, 30_053));
}

#[tokio::test]
async fn a_replaced_service_keeps_node_ports_by_name() {
    let server = cluster();
    let path = format!("{SERVICES}/a");
    let made =
        server.create(SERVICES, &service("a", json!({"type": "LoadBalancer", "ports": [{"name": "w", "port": 80}]}))).await;
    let moved = json!({"type": "LoadBalancer", "ports": [{"name": "w", "port": 8080}]});
    let put = server.call(Verb::Update, &path, &service("a", moved)).await.unwrap();
    assert_eq!(put["spec"]["ports"][0]["nodePort"], made["spec"]["ports"][0]["nodePort"]);
    let without = json!({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [{"name": "w", "port": 8080}]});
    let put = server.call(Verb::Update, &path, &service("a", without)).await.unwrap();
    assert!(put["spec"]["ports"][0].get("nodePort").is_none());
}

#[tokio::test]
async fn a_cluster_of_one_family_gives_no_second_one() {
    let server = cluster();
    for (spec, told) in [
        (
            json!({"ipFamilyPolicy": "RequireDualStack"}),
            "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services",
        ),
        (
            json!({"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4", "IPv6"]}),
            "spec.ipFamilies[1]: Invalid value: \"IPv6\": not configured on this cluster",
        ),
        (json!({"ipFamilies": ["IPv6"]}), "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster"),
        (
            json!({"ipFamilies": ["IPv4", "IPv6"]}),
            "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
        ),
        (
            json!({"clusterIP": "fd00::1"}),
            "spec.clusterIPs[0]: Invalid value: [\"fd00::1\"]: IPv6 is not configured on this cluster",
        ),
    ] {
        let refused = server.call(Verb::Create, SERVICES, &service("a", spec)).await.unwrap_err();
        assert_eq!(refused.reason, Reason::Invalid);
        assert_eq!(refused.message, format!("Service \"a\" is invalid: {told}"));
    }
    assert_eq!(server.0.store().status().objects, 0);
}

#[tokio::test]
async fn families_follow_from_policy_and_selector() {
    let server = cluster();
    let families = |service: &Value| json!([service["spec"]["ipFamilyPolicy"], service["spec"]["ipFamilies"]]);
    let plain = server.create(SERVICES, &service("a", json!({}))).await;
    assert_eq!(families(&plain), json!(["SingleStack", ["IPv4"]]));
    let headless = server.create(SERVICES, &service("b", json!({"clusterIP": "None"}))).await;
    assert_eq!(families(&headless), json!(["SingleStack", ["IPv4"]]));
    let open = server.create(SERVICES, &service("c", json!({"clusterIP": "None", "selector": {}}))).await;
    assert_eq!(families(&open), json!(["RequireDualStack", ["IPv4", "IPv6"]]));
    server.create(SERVICES, &service("d", json!({"ipFamilyPolicy": "PreferDualStack"}))).await;
    let put = server.call(Verb::Update, &format!("{SERVICES}/d"), &service("d", json!({}))).await.unwrap();
    assert_eq!(families(&put), json!(["PreferDualStack", ["IPv4"]]));
}
