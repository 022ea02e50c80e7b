//! What 1,000 CustomResourceDefinitions with schemas of about 20 kB cost: resident memory before, behind
//! them, after one object of each was written and after documents were asked for; how long these take, also of one
//! definition more, and what a request beside them waits for.
//!
//! `cargo run -p kontiki-apiserver --example custom_kinds [COUNT]`

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::HeaderMap;
use async_trait::async_trait;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kontiki_api::kind::Kinds;
use kontiki_api::request::{Cause, Request, Target, User, Verb};
use kontiki_api::status::Status;
use kontiki_apiserver::authenticate::Authenticate;
use kontiki_apiserver::authorize::{Attributes, Authorize, Decision};
use kontiki_apiserver::custom::establish;
use kontiki_apiserver::{Server, ServerConfig, http};
use kontiki_store::{SqliteConfig, SqliteStore};
use rustls_pki_types::CertificateDer;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

type Fault = Box<dyn std::error::Error + Send + Sync>;

struct Anybody;

#[async_trait]
impl Authenticate for Anybody {
    async fn authenticate(&self, _headers: &HeaderMap, _peer: &[CertificateDer<'static>]) -> Result<User, Status> {
        Ok(User::default())
    }
}

impl Authorize for Anybody {
    fn authorize(&self, _attributes: &Attributes) -> Decision {
        Decision::Allow
    }
}

/// A schema of about 20 kB: 120 described fields in 12 structs.
fn schema() -> Value {
    let field = |at: usize| {
        json!({"type": if at.is_multiple_of(3) { "integer" } else { "string" },
            "description": format!("Field {at} of this part says what the controller that looks after it shall do when it meets it.")})
    };
    let part = |_: usize| {
        let fields: Map<String, Value> = (0..10).map(|at| (format!("field{at}"), field(at))).collect();
        json!({"type": "object", "description": "A part of the whole.", "required": ["field0"], "properties": fields})
    };
    let parts: Map<String, Value> = (0..12).map(|at| (format!("part{at}"), part(at))).collect();
    json!({"type": "object", "properties": {"spec": {"type": "object", "properties": parts},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
}

fn definition(at: usize) -> Value {
    let (group, plural, kind) = (format!("group{}.example.com", at / 10), format!("things{at}"), format!("Thing{at}"));
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema()}}]}})
}

fn request(group: &str, plural: &str, namespace: &str, body: &Value) -> Request {
    Request {
        verb: Verb::Create,
        target: Target {
            group: group.into(),
            version: "v1".into(),
            plural: plural.into(),
            namespace: namespace.into(),
            ..Target::default()
        },
        query: Vec::new(),
        content_type: "application/json".into(),
        body: body.to_string().into(),
        user: User::default(),
        cause: Cause::Request,
        id: None,
        leader: None,
        agent: "example".into(),
    }
}

/// Resident memory in MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let count: usize = std::env::args().nth(1).map_or(Ok(1000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(SqliteConfig::single(folder.path().join("store"))).await?;
    let server = Server::new(ServerConfig::new(Kinds::builtin(), store, Arc::new(Anybody), Arc::new(Anybody)));
    let stop = CancellationToken::new();
    establish(&server, stop.clone());
    let bytes = definition(0).to_string().len();
    let (before, begun) = (resident(), Instant::now());
    println!("a definition has {bytes} bytes");
    println!("{before:8.1} MB before");
    for at in 0..count {
        let made = server.call(request("apiextensions.k8s.io", "customresourcedefinitions", "", &definition(at))).await;
        made.map_err(|status| status.message)?;
    }
    // Every definition is served once the last is; the step goes by name.
    while server.kinds().iter().filter(|row| row.custom.is_some()).count() < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let defined = resident();
    println!("{defined:8.1} MB with {count} definitions: {:.1} MB more, after {:.1?}", defined - before, begun.elapsed());
    for at in 0..count {
        let body = json!({"metadata": {"name": "one"}, "spec": {"part0": {"field0": 1}}});
        let (group, plural) = (format!("group{}.example.com", at / 10), format!("things{at}"));
        server.call(request(&group, &plural, "default", &body)).await.map_err(|status| status.message)?;
    }
    println!("{:8.1} MB with an object of each: {:.1} MB more", resident(), resident() - before);
    documents(&server, count, stop.clone()).await?;
    println!("{:8.1} MB after the documents: {:.1} MB more", resident(), resident() - before);
    stop.cancel();
    server.store().close().await;
    Ok(())
}

/// Asks for documents as clients do.
async fn documents(server: &Arc<Server>, count: usize, stop: CancellationToken) -> Result<(), Fault> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(http::serve_plain(Arc::clone(server), listener, stop));
    for what in ["first", "again"] {
        let begun = Instant::now();
        let bytes = get(address, "/openapi/v2").await?.len();
        println!("/openapi/v2, {what}: {:.1?}, {bytes} bytes", begun.elapsed());
    }
    let begun = Instant::now();
    let made = server.call(request("apiextensions.k8s.io", "customresourcedefinitions", "", &definition(count))).await;
    made.map_err(|status| status.message)?;
    let plural = format!("/things{count}\"");
    for path in ["/apis/group100.example.com/v1", "/apis", "/openapi/v2", "/openapi/v3"] {
        let wanted =
            if path == "/apis/group100.example.com/v1" { plural.trim_start_matches('/') } else { "group100.example.com" };
        while !String::from_utf8_lossy(&get(address, path).await?).contains(wanted) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        println!("{path} has one more: {:.1?} after its creation", begun.elapsed());
    }
    // What others wait for while a document is made.
    let made = server.call(request("apiextensions.k8s.io", "customresourcedefinitions", "", &definition(count + 1))).await;
    made.map_err(|status| status.message)?;
    let document = tokio::spawn(async move { get(address, "/openapi/v2").await.map(|bytes| bytes.len()).unwrap_or_default() });
    let mut worst = Duration::ZERO;
    while !document.is_finished() {
        let begun = Instant::now();
        get(address, "/healthz").await?;
        worst = worst.max(begun.elapsed());
    }
    println!("/healthz meanwhile: {worst:.1?} at most");
    Ok(())
}

/// The body at `path`, uncompressed.
async fn get(address: std::net::SocketAddr, path: &str) -> Result<bytes::Bytes, Fault> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = ::http::Request::get(format!("http://{address}{path}")).body(Empty::<bytes::Bytes>::new())?;
    Ok(client.request(request).await?.into_body().collect().await?.to_bytes())
}
