//! Services.

use serde_json::Value;

use super::page::{Page, at, list, shown};
use crate::context::Context;
use crate::failure::Failure;
use crate::resolve::{by_name, with_query};

pub(super) fn write(page: &mut Page, service: &Value) {
    page.meta(service);
    page.labels(service);
    page.map(0, "Selector", service.pointer("/spec/selector"), "=");
    page.field(0, "Type", at(service, "/spec/type"));
    page.some(0, "IP Family Policy", at(service, "/spec/ipFamilyPolicy"));
    page.some(0, "IP Families", joined(service, "/spec/ipFamilies"));
    page.field(0, "IP", at(service, "/spec/clusterIP"));
    page.field(0, "IPs", joined(service, "/spec/clusterIPs"));
    page.some(0, "External Name", at(service, "/spec/externalName"));
    for port in list(service, "/spec/ports") {
        let name = match at(port, "/name") {
            unnamed if unnamed.is_empty() => "<unset>".to_owned(),
            name => name,
        };
        let protocol = at(port, "/protocol");
        page.field(0, "Port", format!("{name}  {}/{protocol}", at(port, "/port")));
        page.field(0, "TargetPort", format!("{}/{protocol}", at(port, "/targetPort")));
        let node_port = at(port, "/nodePort");
        if !node_port.is_empty() {
            page.field(0, "NodePort", format!("{name}  {node_port}/{protocol}"));
        }
    }
    page.field(0, "Session Affinity", at(service, "/spec/sessionAffinity"));
    page.some(0, "External Traffic Policy", at(service, "/spec/externalTrafficPolicy"));
    page.some(0, "Internal Traffic Policy", at(service, "/spec/internalTrafficPolicy"));
}

/// Where the Service leads: the ready addresses of its EndpointSlices.
pub(super) async fn endpoints(cx: &mut Context<'_>, page: &mut Page, service: &Value) -> Result<(), Failure> {
    let slices = by_name(&cx.client, "endpointslices.discovery.k8s.io").await?;
    let selector = format!("kubernetes.io/service-name={}", at(service, "/metadata/name"));
    let path = with_query(&slices.path(&at(service, "/metadata/namespace"), ""), &[("labelSelector", &selector)]);
    let found = cx.get(&path).await?;
    let mut all = Vec::new();
    for slice in list(&found, "/items") {
        for endpoint in list(slice, "/endpoints") {
            if endpoint.pointer("/conditions/ready") == Some(&Value::Bool(false)) {
                continue;
            }
            for port in list(slice, "/ports") {
                all.push(format!("{}:{}", at(endpoint, "/addresses/0"), at(port, "/port")));
            }
        }
    }
    page.field(0, "Endpoints", all.join(","));
    Ok(())
}

fn joined(object: &Value, pointer: &str) -> String {
    list(object, pointer).iter().map(shown).collect::<Vec<_>>().join(",")
}
