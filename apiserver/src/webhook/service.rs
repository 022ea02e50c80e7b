//! From a Service to an address that can be dialled from here.

use kontiki_api::meta::Key;
use kontiki_api::view::{EndpointSlice, SliceEndpoint};
use kontiki_store::{Range, Store};
use serde_json::Value;

const SLICES: &str = "endpointslices.discovery.k8s.io";
const OF_SERVICE: &str = "kubernetes.io/service-name";

/// Host and port of one ready endpoint of the Service `name`, the one that `choice` picks; packet rules are not needed for it.
///
/// # Errors
/// In upstream's words, where there is no such Service, port or endpoint.
pub(crate) fn resolve(store: &dyn Store, namespace: &str, name: &str, port: u16, choice: usize) -> Result<(String, u16), String> {
    let service = store.get(&Key::new("services", namespace, name)).ok_or_else(|| format!("service {name:?} not found"))?;
    let service = service.to_value();
    if service["spec"]["type"] == "ExternalName" {
        return Ok((service["spec"]["externalName"].as_str().unwrap_or_default().into(), port));
    }
    let ports = service["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = ports.iter().find(|entry| entry["port"] == port);
    let found = found.ok_or_else(|| format!("no service port {port} found for service {name:?}"))?;
    let port_name = found.get("name").and_then(Value::as_str).unwrap_or_default();
    let ready = ready_endpoints(store, namespace, name, port_name);
    let address = |(endpoint, port): &(SliceEndpoint, u16)| Some((endpoint.addresses.first()?.to_string(), *port));
    let ready: Vec<(String, u16)> = ready.iter().filter_map(address).collect();
    match ready.len() {
        0 => Err(format!("no endpoints available for service {name:?}")),
        count => Ok(ready[choice % count].clone()),
    }
}

/// The ready endpoints of the Service `name`, each with its port of that name.
pub(crate) fn ready_endpoints(store: &dyn Store, namespace: &str, name: &str, port_name: &str) -> Vec<(SliceEndpoint, u16)> {
    let slices = store.list(&Range::Namespace(SLICES.into(), namespace.into())).objects;
    let of_service = |labels: &[(kontiki_api::Text, kontiki_api::Text)]| {
        labels.iter().any(|(key, value)| &**key == OF_SERVICE && **value == *name)
    };
    let mut ready = Vec::new();
    for slice in slices.iter().filter(|slice| of_service(&slice.head.labels)) {
        let Ok(slice) = serde_json::from_slice::<EndpointSlice>(&slice.value.whole()) else { continue };
        let port = slice.ports.iter().find(|port| port.name.as_deref().unwrap_or_default() == port_name);
        let Some(port) = port.and_then(|port| port.port) else { continue };
        let endpoints = slice.endpoints.into_iter().filter(|endpoint| endpoint.conditions.ready != Some(false));
        ready.extend(endpoints.map(|endpoint| (endpoint, port)));
    }
    ready
}
