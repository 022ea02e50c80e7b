//! A server that lets everybody do everything, and short ways to call it.

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::Key;
use kontiki_api::object::Draft;
use kontiki_api::request::{Cause, Request, RequestId, Target, User, Verb};
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use kontiki_apiserver::admit::default_plugins;
use kontiki_apiserver::authenticate::Authenticate;
use kontiki_apiserver::authorize::rbac::Rbac;
use kontiki_apiserver::authorize::{Attributes, Authorize, Decision};
use kontiki_apiserver::bootstrap::{self, Bootstrap};
use kontiki_apiserver::{Answer, Server, ServerConfig};
use kontiki_store::{Change, Commit, MemoryStore, Op, Store};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Everybody is `tester`.
pub struct Anybody;

#[async_trait]
impl Authenticate for Anybody {
    async fn authenticate(&self, _headers: &HeaderMap, _peer: &[CertificateDer<'static>]) -> Result<User, Status> {
        Ok(tester())
    }
}

impl Authorize for Anybody {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        if &*attributes.resource == "secrets" && &*attributes.namespace == "closed" {
            return Decision::NoOpinion(String::new());
        }
        Decision::Allow
    }
}

pub fn tester() -> User {
    User { name: "tester".into(), groups: vec!["system:authenticated".into()], ..User::default() }
}

/// The configuration of every test, before its own changes.
pub fn config() -> ServerConfig {
    ServerConfig::new(Kinds::builtin(), Arc::new(MemoryStore::new()), Arc::new(Anybody), Arc::new(Anybody))
}

pub fn server() -> Arc<Server> {
    Server::new(config())
}

/// A server with all plug-ins, over a store with the objects every cluster starts with.
pub async fn guarded() -> Arc<Server> {
    let mut config = config();
    guard(&mut config).await;
    Server::new(config)
}

/// Gives `config` all plug-ins, and its store the objects every cluster starts with and a service account `default`.
pub async fn guard(config: &mut ServerConfig) {
    let rbac = Rbac::start(config.store.clone(), CancellationToken::new());
    let bare =
        Caller(Server::new(ServerConfig::new(Kinds::builtin(), config.store.clone(), Arc::new(Anybody), Arc::new(Anybody))));
    begin(&*config.store).await;
    bare.create("/api/v1/namespaces/default/serviceaccounts", r#"{"metadata":{"name":"default"}}"#).await;
    config.plugins = default_plugins(rbac, config.authorizer.clone());
}

/// Brings what every cluster starts with into `store`, as each start of a server does.
pub async fn begin(store: &dyn Store) {
    let bootstrap = Bootstrap {
        address: "192.0.2.1".parse().unwrap(),
        further: Vec::new(),
        port: 6443,
        service_ip: "10.96.0.1".parse().unwrap(),
        authority: "authority".into(),
        front_proxy: "front proxy".into(),
    };
    let now = Time::from_micros(jiff::Timestamp::now().as_microsecond());
    bootstrap::run(store, &Kinds::builtin(), &bootstrap, now).await.unwrap();
}

/// A request to `path` such as `/api/v1/namespaces/default/pods/x?dryRun=All`.
pub fn request(verb: Verb, path: &str, body: &str) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kontiki_apiserver::Path::Resource(parts) = kontiki_apiserver::Path::parse(path) else { panic!("{path} is no resource") };
    Request {
        verb,
        target: Target {
            group: parts.group.into(),
            version: parts.version.into(),
            plural: parts.plural.into(),
            namespace: parts.namespace.into(),
            name: parts.name.into(),
            subresource: parts.subresource.into(),
        },
        query: query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect(),
        content_type: "application/json".into(),
        body: body.to_owned().into(),
        user: tester(),
        cause: Cause::Request,
        id: None,
        leader: None,
        agent: "test/1".into(),
    }
}

/// Short ways to call a server.
pub struct Caller(pub Arc<Server>);

impl Caller {
    pub fn new() -> Self {
        Self(server())
    }

    pub async fn answer(&self, verb: Verb, path: &str, body: &str) -> Result<Answer, Status> {
        self.0.call(request(verb, path, body)).await
    }

    pub async fn call(&self, verb: Verb, path: &str, body: &str) -> Result<Value, Status> {
        let answer = self.answer(verb, path, body).await?;
        Ok(serde_json::from_slice(&answer.to_json()).unwrap())
    }

    pub async fn patch(&self, path: &str, media_type: &str, body: &str) -> Result<Value, Status> {
        let mut request = request(Verb::Patch, path, body);
        request.content_type = media_type.into();
        let answer = self.0.call(request).await?;
        Ok(serde_json::from_slice(&answer.to_json()).unwrap())
    }

    pub async fn get(&self, path: &str) -> Result<Value, Status> {
        self.call(Verb::Get, path, "").await
    }

    pub async fn create(&self, path: &str, body: &str) -> Value {
        self.call(Verb::Create, path, body).await.unwrap()
    }

    /// Puts `object` in place behind the server's back: what no request could.
    pub async fn put(&self, resource: &str, object: &Value) {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        let key = Key::new(resource, text("namespace"), text("name"));
        let op = Op::Put(Draft::new(key.clone(), object.clone(), &[]));
        let commit = Commit {
            id: RequestId(1),
            time: Time::from_micros(1),
            actor: tester(),
            verb: Verb::Create,
            manager: "".into(),
            cause: Cause::System,
            leader: None,
            preconditions: Vec::new(),
            reserves: Vec::new(),
            changes: vec![Change { key, op, sealed: false, history: true }],
        };
        self.0.store().commit(commit).await.unwrap();
    }

    pub async fn config_map(&self, name: &str, value: &str) -> Value {
        let body = format!(r#"{{"metadata":{{"name":"{name}","labels":{{"l":"{value}"}}}},"data":{{"k":"{value}"}}}}"#);
        self.create(CONFIG_MAPS, &body).await
    }
}

pub const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
pub const PODS: &str = "/api/v1/namespaces/default/pods";
pub const MERGE: &str = "application/merge-patch+json";
pub const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// A small deployment of two pods.
pub fn deployment(name: &str) -> String {
    let template = json!({"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let spec = json!({"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template});
    json!({"metadata": {"name": name}, "spec": spec}).to_string()
}

/// The smallest pod that is valid.
pub fn pod(name: &str) -> String {
    format!(r#"{{"metadata":{{"name":"{name}","labels":{{"app":"a"}}}},"spec":{{"containers":[{{"name":"c","image":"i"}}]}}}}"#)
}
