//! Who has no rights is denied everything, whatever it is.

use http::{Method, Request};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User, Verb};
use kontiki_api::status::Reason;
use kontiki_apiserver::authorize::rbac::Rbac;
use kontiki_apiserver::{Server, ServerConfig};
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::audit::send;
use crate::custom::{Establishing, crontabs, spec_schema};
use crate::harness::{Anybody, config, guard, request};
use crate::listening::Listening;

const STRANGER: &str = "stranger";

/// A server whose rights are upstream's roles and bindings, with a custom kind in a namespace and one of the cluster.
async fn strict() -> Arc<Server> {
    let mut config = config();
    guard(&mut config).await;
    let rbac = Rbac::start(config.store.clone(), CancellationToken::new());
    // The definitions are made by somebody who may.
    let lax = Server::new(ServerConfig::new(Kinds::builtin(), config.store.clone(), Arc::new(Anybody), Arc::new(Anybody)));
    let cluster = Establishing::of(lax);
    let mut definition = crontabs(spec_schema());
    definition["spec"]["versions"][0]["subresources"] =
        json!({"status": {}, "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}});
    cluster.define(&definition).await;
    definition["metadata"]["name"] = "clustertabs.stable.example.com".into();
    definition["spec"]["names"] = json!({"plural": "clustertabs", "kind": "ClusterTab"});
    definition["spec"]["scope"] = "Cluster".into();
    cluster.define(&definition).await;
    config.authorizer = Arc::new(rbac);
    Server::new(config)
}

/// Every verb of every kind and subresource that is served, each about something of its own.
fn everything(kinds: &Kinds) -> Vec<(Verb, Target)> {
    let mut all = Vec::new();
    for kind in kinds.iter() {
        let target = |verb: Verb, subresource: &str| Target {
            group: kind.group.clone(),
            version: kind.version.clone(),
            plural: kind.plural.clone(),
            namespace: if kind.namespaced { "default".into() } else { "".into() },
            name: match verb {
                Verb::List | Verb::Watch | Verb::DeleteCollection => "".into(),
                Verb::Create if subresource.is_empty() => "".into(),
                _ => "x".into(),
            },
            subresource: subresource.into(),
        };
        all.extend(kind.verbs.iter().map(|verb| (*verb, target(*verb, ""))));
        for subresource in &kind.subresources {
            all.extend(subresource.verbs.iter().map(|verb| (*verb, target(*verb, &subresource.name))));
        }
    }
    all
}

#[tokio::test]
async fn a_stranger_is_denied_every_verb_of_every_kind_in_upstreams_words() {
    let server = strict().await;
    let everything = everything(&server.kinds());
    assert!(everything.len() > 600, "{}", everything.len());
    let custom = everything.iter().filter(|(_, target)| &*target.group == "stable.example.com");
    assert_eq!(custom.count(), 2 * (8 + 3 + 3), "each verb of both kinds, of their status and of their scale");
    for (verb, target) in everything {
        let mut asked = request(verb, "/api/v1/namespaces/default/pods", "{}");
        asked.user = User { name: STRANGER.into(), ..User::default() };
        asked.target = target.clone();
        let Err(refused) = server.call(asked).await else { panic!("{verb:?} of {target:?} is let through") };
        assert_eq!(refused.reason, Reason::Forbidden, "{verb:?} of {target:?}: {refused}");
        let subresource = if target.subresource.is_empty() { String::new() } else { format!("/{}", target.subresource) };
        let words = format!("User \"{STRANGER}\" cannot {} resource \"{}{subresource}\"", verb.as_str(), target.plural);
        assert!(refused.message.contains(&words), "{}: {words}", refused.message);
    }
}

/// Paths that are no resource and that upstream shows to its users alone.
const PATHS: [&str; 12] = [
    "/",
    "/api",
    "/api/v1",
    "/apis",
    "/apis/apps",
    "/apis/apps/v1",
    "/apis/stable.example.com/v1",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/apis/apps/v1",
    "/metrics",
    "/nothing/there",
];

/// What nobody in particular may see.
const PUBLIC: [&str; 4] = ["/version", "/healthz", "/readyz", "/livez"];

#[tokio::test]
async fn who_is_nobody_is_denied_every_path_but_health_and_version() {
    let listening = Listening::plain(strict().await).await;
    let nobody = [("impersonate-user", "system:anonymous")];
    let changes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let denied = PATHS.iter().flat_map(|path| [Method::GET, Method::HEAD].map(|method| (method, *path)));
    let unchanged = PATHS.iter().chain(&PUBLIC).flat_map(|path| changes.clone().map(|method| (method, *path)));
    for (method, path) in denied.chain(unchanged) {
        let response = send(&listening, method.clone(), path, &nobody).await;
        assert_eq!(response.status().as_u16(), 403, "{method} {path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let verb = method.as_str().to_ascii_lowercase();
        let words = format!(r#"User \"system:anonymous\" cannot {verb} path \"{path}\""#);
        let told = String::from_utf8_lossy(&body).into_owned();
        assert!(method == Method::HEAD || told.contains(&words), "{method} {path}: {told}");
    }
    for path in PUBLIC {
        assert_eq!(send(&listening, Method::GET, path, &nobody).await.status().as_u16(), 200, "{path}");
    }
    for path in PATHS {
        let ours = send(&listening, Method::GET, path, &[]).await.status().as_u16();
        assert!(ours != 403, "{path} is there for those who may: {ours}");
    }
}

/// The code of a request that makes `body`.
async fn post(listening: &Listening, path: &str, body: &serde_json::Value) -> u16 {
    let request = Request::post(format!("http://{}{path}", listening.address)).header("content-type", "application/json");
    let client = Client::builder(TokioExecutor::new()).build_http();
    client.request(request.body(body.to_string()).unwrap()).await.unwrap().status().as_u16()
}

/// Ways to write what carl may not see, and what only looks like what he may.
const ODD: [&str; 27] = [
    "/api/v1/namespaces/default/secrets",
    "/api/v1/namespaces/default/secrets/",
    "/api/v1/namespaces/default//secrets",
    "/api/v1/namespaces/default/%73ecrets",
    "/api/v1/namespaces/default%2Fsecrets",
    "/api/v1/namespaces/default/configmaps/../secrets",
    "/api/v1/namespaces/default/configmaps/%2e%2e/secrets",
    "/api/v1/namespaces/default/configmaps/..%2Fsecrets",
    "/api/v1/namespaces/default/configmaps//../secrets",
    "/api/v1/namespaces/default/secrets/s",
    "/api/v1/namespaces/default/secrets//s",
    "/api/v1/namespaces//secrets",
    "/api/v1/namespaces//secrets/s",
    "/api/v1/namespaces//configmaps",
    "/api/v1/namespaces/kube-system/configmaps",
    "/api/v1/namespaces/%6bube-system/configmaps",
    "/api/v1/namespaces/default/../kube-system/configmaps",
    "/api/v1/configmaps",
    "/api/v1//configmaps",
    "/api//v1/configmaps",
    "//api/v1/configmaps",
    "/api/v1/watch/configmaps",
    "/api/v1/watch/namespaces//configmaps",
    "/apis//v1/namespaces/default/secrets",
    "/version/../api/v1/secrets",
    "/version/%2e%2e/api/v1/secrets",
    "/version//api/v1/secrets",
];

#[tokio::test]
async fn no_way_to_write_a_path_leads_past_what_is_allowed() {
    let listening = Listening::plain(strict().await).await;
    let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    let role = json!({"metadata": {"name": "carl"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}]});
    let binding = json!({"metadata": {"name": "carl"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "carl"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carl"}]});
    let secret = json!({"metadata": {"name": "s"}});
    for (path, body) in [
        (format!("{rbac}/roles"), &role),
        (format!("{rbac}/rolebindings"), &binding),
        ("/api/v1/namespaces/default/secrets".into(), &secret),
    ] {
        assert_eq!(post(&listening, &path, body).await, 201, "{path}");
    }
    let carl = [("impersonate-user", "carl")];
    let allowed = async || send(&listening, Method::GET, "/api/v1/namespaces/default/configmaps/", &carl).await.status();
    let allowed = tokio::time::timeout(std::time::Duration::from_secs(30), async { while allowed().await != 200 {} });
    allowed.await.expect("carl may list what he is allowed");
    for path in ODD {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let told = send(&listening, method.clone(), path, &carl).await.status().as_u16();
            assert!(matches!(told, 400 | 403 | 404 | 405), "{method} {path}: {told}");
        }
    }
    for path in ["/api/v1/namespaces/default/secrets/s", "/api/v1/namespaces/default/secrets", "/api/v1/namespaces//configmaps"] {
        assert_eq!(send(&listening, Method::GET, path, &carl).await.status(), 403, "{path}");
        assert_eq!(send(&listening, Method::GET, path, &[]).await.status(), 200, "{path}: he alone may not");
    }
}
