//! `services/proxy`.

use std::sync::Arc;

use async_trait::async_trait;
use http::Response;
use kontiki_api::meta::Key;
use kontiki_api::status::{Reason, Status};
use kontiki_store::Store;
use serde_json::Value;

use super::Destination;
use super::name::{Named, named};
use super::target::Outward;
use crate::connect::{Connect, Connection};
use crate::http::Body;
use crate::webhook::ready_endpoints;

/// Hands requests on to a ready pod behind a port of a Service.
pub(crate) struct ServiceProxy {
    /// Where endpoints and pods are.
    pub store: Arc<dyn Store>,
    /// How they are spoken to.
    pub outward: Outward,
}

#[async_trait]
impl Connect for ServiceProxy {
    fn takes_any_method(&self) -> bool {
        true
    }

    async fn connect(&self, connection: Connection) -> Result<Response<Body>, Status> {
        let target = connection.target.clone();
        let invalid = || Status::bad_request(format!("invalid service request {:?}", &*target.name));
        let named = named(&target.name).ok_or_else(invalid)?;
        let service = connection.object.as_ref().ok_or_else(|| Status::not_found("", "services", named.name))?.to_value();
        let to = self.choose(&service, &target.namespace, &target.name, named)?;
        self.outward.forward(connection, to).await
    }
}

impl ServiceProxy {
    fn choose(&self, service: &Value, namespace: &str, asked: &str, named: Named<'_>) -> Result<Destination, Status> {
        let port = port_name(service, named)?;
        let ready = ready_endpoints(&*self.store, namespace, named.name, &port);
        let pods = ready.into_iter().filter(|(endpoint, _)| self.is_pod(namespace, endpoint));
        let addresses: Vec<(String, u16)> =
            pods.filter_map(|(endpoint, port)| Some((endpoint.addresses.first()?.to_string(), port))).collect();
        if addresses.is_empty() {
            return Err(unavailable(format!("no endpoints available for service {asked:?}")));
        }
        let (host, port) = &addresses[rand::random_range(0..addresses.len())];
        self.outward.destination(named.tls, host, *port)
    }

    /// Whether an endpoint is a pod of the namespace that has the address: nobody is led elsewhere.
    fn is_pod(&self, namespace: &str, endpoint: &kontiki_api::view::SliceEndpoint) -> bool {
        let Some(target) = endpoint.target_ref.as_ref().filter(|target| &*target.kind == "Pod") else { return false };
        let Some(pod) = self.store.get(&Key::new("pods", namespace, target.name.clone())) else { return false };
        let pod = pod.to_value();
        let listed = pod.pointer("/status/podIPs").and_then(Value::as_array).into_iter().flatten();
        let mut addresses = listed.filter_map(|ip| ip.get("ip")).chain(pod.pointer("/status/podIP")).filter_map(Value::as_str);
        let address = endpoint.addresses.first().map(|address| &**address).unwrap_or_default();
        addresses.any(|own| own == address)
    }
}

/// The name under which endpoints know the port asked for.
fn port_name(service: &Value, named: Named<'_>) -> Result<String, Status> {
    let Ok(number) = named.port.parse::<u64>() else { return Ok(named.port.to_owned()) };
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
    let found = { ports }.find(|port| port.get("port").and_then(Value::as_u64) == Some(number));
    let none = || unavailable(format!("no service port {number} found for service {:?}", named.name));
    Ok(found.ok_or_else(none)?.get("name").and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn unavailable(message: String) -> Status {
    Status::new(Reason::ServiceUnavailable, message)
}
