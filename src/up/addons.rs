//! Objects that the cluster's own parts need: created where they are missing, brought up to date where they differ.

use std::net::Ipv4Addr;

use anyhow::{Context, Result, anyhow};
use kontiki_api::request::{Cause, PatchType, Request, Target, User, Verb};
use kontiki_api::status::Reason;
use kontiki_api::yaml::Duplicates;
use kontiki_runtime::client::Client;
use serde_json::{Value, json};

const KUBE_DNS: &str = include_str!("../../manifests/addons/kube-dns.yaml");

/// Makes the Service `kube-dns` and tells it that DNS is answered at `address`.
///
/// # Errors
/// The server's refusal.
pub async fn dns(client: &dyn Client, address: Ipv4Addr) -> Result<()> {
    let service: Value = kontiki_api::yaml::read_one(KUBE_DNS.as_bytes(), Duplicates::Refuse)
        .map_err(|error| anyhow!("manifests/addons/kube-dns.yaml: {error}"))?;
    ensure(client, "", "services", &service).await?;
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "name": "kube-dns-node", "namespace": "kube-system",
            "labels": { "kubernetes.io/service-name": "kube-dns", "endpointslice.kubernetes.io/managed-by": "kontiki" },
        },
        "addressType": "IPv4",
        "endpoints": [{ "addresses": [address.to_string()], "conditions": { "ready": true } }],
        "ports": [
            { "name": "dns", "protocol": "UDP", "port": 53 },
            { "name": "dns-tcp", "protocol": "TCP", "port": 53 },
        ],
    });
    ensure(client, "discovery.k8s.io", "endpointslices", &slice).await
}

async fn ensure(client: &dyn Client, group: &str, plural: &str, object: &Value) -> Result<()> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let target = Target {
        group: group.into(),
        version: "v1".into(),
        plural: plural.into(),
        namespace: namespace.into(),
        ..Target::default()
    };
    let own = Target { name: name.into(), ..target.clone() };
    let patched = client.call(request(Verb::Patch, own, PatchType::Merge.media_type(), object)).await;
    match patched {
        Ok(_) => Ok(()),
        Err(status) if status.reason == Reason::NotFound => {
            let created = client.call(request(Verb::Create, target, "application/json", object)).await;
            created.map(drop).with_context(|| format!("cannot create {plural} {namespace}/{name}"))
        }
        Err(status) => Err(status).with_context(|| format!("cannot bring {plural} {namespace}/{name} up to date")),
    }
}

fn request(verb: Verb, target: Target, content_type: &str, body: &Value) -> Request {
    let user = User {
        name: "system:kontiki".into(),
        groups: vec!["system:masters".into(), "system:authenticated".into()],
        ..User::default()
    };
    Request {
        verb,
        target,
        query: Vec::new(),
        content_type: content_type.into(),
        body: body.to_string().into(),
        user,
        cause: Cause::System,
        id: None,
        leader: None,
        agent: "kontiki".into(),
    }
}
