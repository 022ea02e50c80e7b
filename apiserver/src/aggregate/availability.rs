//! Whether the server behind an APIService answers.

use std::time::Duration;

use kontiki_api::meta::Key;
use serde_json::Value;
use tokio::time::timeout;

use super::ApiService;
use super::discovered::{Discovered, documents, resources};
use crate::server::Server;
use crate::webhook::ready_endpoints;

/// How long a server may take to tell of its resources: only that says whether it answers.
const ANSWER: Duration = Duration::from_secs(6);

/// The condition `Available`, and what the server said.
pub(super) struct Verdict {
    /// Whether requests go there.
    pub available: bool,
    /// Upstream's reason.
    pub reason: &'static str,
    /// Upstream's words.
    pub message: String,
    /// What was said, where it answers.
    pub said: Option<Discovered>,
}

/// Looks at the Service, its endpoints and the server itself.
pub(super) async fn judge(server: &Server, service: &ApiService) -> Verdict {
    if let Err((reason, message)) = reachable(server, service) {
        return Verdict { available: false, reason, message, said: None };
    }
    let asked = async {
        let to = server.aggregator.destination(&*server.config.store, service)?;
        let late = |_| format!("failing or missing response from service/{}: context deadline exceeded", service.service);
        let resources = timeout(ANSWER, resources(service, &to)).await.map_err(late)??;
        let known = server.aggregator.discovered(&service.object.key.name);
        Ok::<_, String>(documents(service, &to, resources, known.as_deref()).await)
    };
    match asked.await {
        Ok(said) => Verdict { available: true, reason: "Passed", message: "all checks passed".into(), said: Some(said) },
        Err(message) => Verdict { available: false, reason: "FailedDiscoveryCheck", message, said: None },
    }
}

fn reachable(server: &Server, service: &ApiService) -> Result<(), (&'static str, String)> {
    let store = &*server.config.store;
    let (name, namespace) = (&service.service, &service.namespace);
    let absent = || ("ServiceNotFound", format!("service/{name} in {namespace:?} is not present"));
    let found = store.get(&Key::new("services", namespace.as_str(), name.as_str())).ok_or_else(absent)?.to_value();
    if found["spec"]["type"] == "ExternalName" {
        return Ok(());
    }
    let mut ports = found.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
    let port = ports.find(|port| port["port"] == service.port).ok_or_else(|| {
        ("ServicePortError", format!("service/{name} in {namespace:?} is not listening on port {}", service.port))
    })?;
    let port_name = port.get("name").and_then(Value::as_str).unwrap_or_default();
    let slices = || store.list(&kontiki_store::Range::Namespace(SLICES.into(), namespace.as_str().into())).objects;
    if !ready_endpoints(store, namespace, name, port_name).is_empty() {
        return Ok(());
    }
    let known = slices()
        .iter()
        .any(|slice| slice.head.labels.iter().any(|(key, value)| &**key == "kubernetes.io/service-name" && **value == **name));
    Err(match known {
        false => ("EndpointsNotFound", format!("cannot find endpointslices for service/{name} in {namespace:?}")),
        true => (
            "MissingEndpoints",
            format!("endpointslices for service/{name} in {namespace:?} have no addresses with port name {port_name:?}"),
        ),
    })
}

const SLICES: &str = "endpointslices.discovery.k8s.io";
