//! Columns of services and what is around them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::cell::{NONE, UNKNOWN, int, joined, labels, list, or, selector, shortened, shown, text, text_or};
use super::column::{Col, Row};
use crate::time::Time;

/// The columns of each kind.
pub(super) const TABLE: &[Row] = &[
    ("", "Service", SERVICES),
    ("", "Endpoints", ENDPOINTS),
    ("discovery.k8s.io", "EndpointSlice", SLICES),
    ("networking.k8s.io", "Ingress", INGRESSES),
    ("networking.k8s.io", "IngressClass", INGRESS_CLASSES),
    ("networking.k8s.io", "NetworkPolicy", POLICIES),
    ("networking.k8s.io", "ServiceCIDR", RANGES),
    ("networking.k8s.io", "IPAddress", ADDRESSES),
];

const SERVICES: &[Col] = &[
    Col::NAME,
    Col::text("Type", |object, _| text(object, "/spec/type").into()),
    Col::text("Cluster-IP", |object, _| text_or(object, "/spec/clusterIP", NONE)),
    Col::text("External-IP", external),
    Col::text("Port(s)", ports),
    Col::AGE,
    Col::wide("Selector", |object, _| labels(object, "/spec/selector")),
];

const ENDPOINTS: &[Col] = &[Col::NAME, Col::text("Endpoints", endpoints), Col::AGE];

const SLICES: &[Col] = &[
    Col::NAME,
    Col::text("AddressType", |object, _| text(object, "/addressType").into()),
    Col::text("Ports", |object, _| {
        let ports = list(object, "/ports");
        if ports.is_empty() {
            return "<unset>".into();
        }
        shortened(&ports.iter().map(|port| or(&shown(port, "/port"), "*").to_owned()).collect::<Vec<_>>(), 3)
    }),
    Col::text("Endpoints", |object, _| {
        let addresses = list(object, "/endpoints").iter().flat_map(|endpoint| list(endpoint, "/addresses"));
        let addresses: Vec<String> = addresses.filter_map(Value::as_str).map(str::to_owned).collect();
        if addresses.is_empty() { "<unset>".into() } else { shortened(&addresses, 3) }
    }),
    Col::AGE,
];

const INGRESSES: &[Col] = &[
    Col::NAME,
    Col::text("Class", |object, _| text_or(object, "/spec/ingressClassName", NONE)),
    Col::text("Hosts", hosts),
    Col::text("Address", |object, _| balancer(object).into_iter().collect::<Vec<_>>().join(",").into()),
    Col::text("Ports", |object, _| if list(object, "/spec/tls").is_empty() { "80" } else { "80, 443" }.into()),
    Col::AGE,
];

const INGRESS_CLASSES: &[Col] = &[
    Col::NAME,
    Col::text("Controller", |object, _| text(object, "/spec/controller").into()),
    Col::text("Parameters", |object, _| {
        let (group, kind, name) = (
            text(object, "/spec/parameters/apiGroup"),
            text(object, "/spec/parameters/kind"),
            text(object, "/spec/parameters/name"),
        );
        match (group, kind) {
            (_, "") => NONE.into(),
            ("", kind) => format!("{kind}/{name}").into(),
            (group, kind) => format!("{kind}.{group}/{name}").into(),
        }
    }),
    Col::AGE,
];

const POLICIES: &[Col] = &[Col::NAME, Col::text("Pod-Selector", |object, _| selector(object, "/spec/podSelector")), Col::AGE];

const RANGES: &[Col] =
    &[Col::NAME, Col::text("CIDRs", |object, _| joined(list(object, "/spec/cidrs").iter().filter_map(Value::as_str))), Col::AGE];

const ADDRESSES: &[Col] = &[
    Col::NAME,
    Col::text("ParentRef", |object, _| {
        let part = |name: &str| text(object, &format!("/spec/parentRef/{name}"));
        let path = [part("group"), part("resource"), part("namespace"), part("name")];
        path.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/").into()
    }),
    Col::AGE,
];

/// The hosts of the first rules that have one, and how many rules there are beside three.
fn hosts(ingress: &Value, _now: Time) -> Value {
    let rules = list(ingress, "/spec/rules");
    let named = rules.iter().enumerate().filter(|(_, rule)| !text(rule, "/host").is_empty());
    let first: Vec<(usize, &str)> = named.take(3).map(|(at, rule)| (at, text(rule, "/host"))).collect();
    let shown = first.iter().map(|(_, host)| *host).collect::<Vec<_>>().join(",");
    match first.as_slice() {
        [] => "*".into(),
        // As upstream: rules without a host behind the third that has one count too.
        [_, _, (last, _)] if last + 1 < rules.len() => format!("{shown} + {} more...", rules.len() - 3).into(),
        _ => shown.into(),
    }
}

/// Addresses and names that a load balancer answers at, each once and in order.
fn balancer(object: &Value) -> BTreeSet<&str> {
    let ingress = list(object, "/status/loadBalancer/ingress").iter();
    ingress.map(|point| or(text(point, "/ip"), text(point, "/hostname"))).filter(|point| !point.is_empty()).collect()
}

fn external(service: &Value, _now: Time) -> Value {
    let given = list(service, "/spec/externalIPs").iter().filter_map(Value::as_str).collect::<Vec<_>>();
    match text(service, "/spec/type") {
        "ExternalName" => text(service, "/spec/externalName").into(),
        "LoadBalancer" => {
            let points: Vec<&str> = balancer(service).into_iter().chain(given).collect();
            if points.is_empty() { "<pending>".into() } else { points.join(",").into() }
        }
        "ClusterIP" | "NodePort" => joined(given),
        _ => UNKNOWN.into(),
    }
}

fn ports(service: &Value, _now: Time) -> Value {
    joined(list(service, "/spec/ports").iter().map(|port| {
        let (number, protocol) = (int(port, "/port"), or(text(port, "/protocol"), "TCP"));
        match int(port, "/nodePort") {
            0 => format!("{number}/{protocol}"),
            node => format!("{number}:{node}/{protocol}"),
        }
    }))
}

fn endpoints(object: &Value, _now: Time) -> Value {
    let mut found = Vec::new();
    for subset in list(object, "/subsets") {
        let addresses = list(subset, "/addresses").iter().map(|address| text(address, "/ip"));
        let ports = list(subset, "/ports");
        if ports.is_empty() {
            found.extend(addresses.map(str::to_owned));
            continue;
        }
        for port in ports {
            found.extend(addresses.clone().map(|ip| host_port(ip, int(port, "/port"))));
        }
    }
    shortened(&found, 3)
}

fn host_port(ip: &str, port: i64) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Time {
        Time::from_micros(0)
    }

    #[test]
    fn three_hosts_are_shown_and_how_many_rules_there_are_besides() {
        let shown = |hosts: &[&str]| {
            let rules: Vec<Value> = hosts.iter().map(|host| json!({"host": host})).collect();
            hosts_of(&rules)
        };
        assert_eq!((shown(&[]), shown(&[""]), shown(&["a", "", "b"])), ("*".into(), "*".into(), "a,b".into()));
        assert_eq!(shown(&["a", "b", "c"]), "a,b,c");
        assert_eq!(
            (shown(&["a", "b", "c", "d", "e"]), shown(&["", "a", "b", "c", ""])),
            ("a,b,c + 2 more...".into(), "a,b,c + 2 more...".into())
        );
    }

    fn hosts_of(rules: &[Value]) -> String {
        hosts(&json!({"spec": {"rules": rules}}), now()).as_str().unwrap().to_owned()
    }

    #[test]
    fn each_address_of_a_balancer_is_shown_once_and_in_order() {
        let points = json!([{"ip": "10.0.0.2"}, {"hostname": "a.example"}, {"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]);
        let service = json!({"spec": {"type": "LoadBalancer", "externalIPs": ["10.0.0.1"]}, "status": {"loadBalancer": {"ingress": points}}});
        assert_eq!(external(&service, now()), "10.0.0.1,10.0.0.2,a.example,10.0.0.1");
    }
}
