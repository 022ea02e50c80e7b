//! `pods/proxy`.

use async_trait::async_trait;
use http::Response;
use kontiki_api::status::Status;
use serde_json::Value;

use super::name::named;
use super::target::{Outward, check_address};
use crate::connect::{Connect, Connection};
use crate::http::Body;

/// Hands requests on to a port of a pod: the one named, or the first that its containers declare.
pub(crate) struct PodProxy(pub Outward);

#[async_trait]
impl Connect for PodProxy {
    fn takes_any_method(&self) -> bool {
        true
    }

    async fn connect(&self, connection: Connection) -> Result<Response<Body>, Status> {
        let asked = connection.target.name.clone();
        let named = named(&asked).ok_or_else(|| Status::bad_request(format!("invalid pod request {asked:?}")))?;
        let pod = connection.object.as_ref().ok_or_else(|| Status::not_found("", "pods", named.name))?.to_value();
        let address = pod.pointer("/status/podIP").and_then(Value::as_str).unwrap_or_default().to_owned();
        check_address(&address)?;
        let fallback = if named.tls { 443 } else { 80 };
        let port =
            port(&pod, named.port, fallback).ok_or_else(|| Status::bad_request(format!("invalid pod request {asked:?}")))?;
        let to = self.0.destination(named.tls, &address, port)?;
        self.0.forward(connection, to).await
    }
}

fn port(pod: &Value, asked: &str, fallback: u16) -> Option<u16> {
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten();
    let mut declared = containers.flat_map(|container| container.get("ports").and_then(Value::as_array).into_iter().flatten());
    let number = |port: &Value| port.get("containerPort")?.as_u64().and_then(|port| u16::try_from(port).ok());
    match asked.parse::<u16>() {
        Ok(port) => Some(port),
        Err(_) if asked.is_empty() => Some(declared.next().and_then(number).unwrap_or(fallback)),
        Err(_) => declared.find(|port| port.get("name").and_then(Value::as_str) == Some(asked)).and_then(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_a_number_a_name_or_the_first_declared() {
        let pod = json!({"spec": {"containers": [
            {"name": "a"}, {"name": "b", "ports": [{"containerPort": 8080}, {"name": "admin", "containerPort": 9090}]}]}});
        for (asked, wanted) in [("", Some(8080)), ("81", Some(81)), ("admin", Some(9090)), ("x", None)] {
            assert_eq!(port(&pod, asked, 80), wanted, "{asked}");
        }
        assert_eq!(port(&json!({}), "", 443), Some(443));
    }
}
