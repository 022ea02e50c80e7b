//! Which paths there are, by which methods, and what is told of others: as upstream's server does.

use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::audit::send;
use crate::custom::{Establishing, crontabs, spec_schema};
use crate::harness::{CONFIG_MAPS, Caller, server};
use crate::listening::Listening;

/// A server with a ConfigMap `kept` and a custom kind.
async fn listening() -> Listening {
    let server = server();
    Caller(server.clone()).create(CONFIG_MAPS, &json!({"metadata": {"name": "kept"}}).to_string()).await;
    Establishing::of(server.clone()).define(&crontabs(spec_schema())).await;
    Listening::plain(server).await
}

/// Code, kind and message of an answer.
async fn told(listening: &Listening, method: &str, path: &str) -> (u16, String, String) {
    let response = send(listening, Method::from_bytes(method.as_bytes()).unwrap(), path, &[]).await;
    let code = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let value: Value = serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    (code, text("kind"), value.as_str().map_or_else(|| text("message"), str::to_owned))
}

const NO_PAGE: &str = "404 page not found\n";
const UNKNOWN: &str = "the server could not find the requested resource";
const NO_METHOD: &str = "the server does not allow this method on the requested resource";

#[tokio::test]
async fn slashes_that_are_too_many_are_forgiven_only_where_upstream_does() {
    let listening = listening().await;
    for (path, code, why) in [
        ("/api/", 200, ""),
        ("/api//", 200, ""),
        ("//api", 404, NO_PAGE),
        ("/apis/", 200, ""),
        ("/apis//", 404, NO_PAGE),
        ("/apis//v1", 404, NO_PAGE),
        ("/apis/apps/v1/", 200, ""),
        ("/apis/apps/v7", 404, UNKNOWN),
        ("/apis/apps/v7/deployments", 404, UNKNOWN),
        ("/apis/none/v1", 404, NO_PAGE),
        ("/api/v2", 404, UNKNOWN),
        ("/api/v2/pods", 404, UNKNOWN),
        ("/apis/stable.example.com/v7", 404, NO_PAGE),
        ("/api/v1/namespaces/default/configmaps/kept//", 200, ""),
        ("/api/v1/namespaces/default//configmaps", 404, UNKNOWN),
        ("/api/v1/namespaces/default/configmaps//kept", 404, UNKNOWN),
        ("/api/v1//namespaces", 404, UNKNOWN),
        ("/api//v1/namespaces", 404, UNKNOWN),
        ("//api/v1/namespaces", 404, NO_PAGE),
        ("/api/v1/namespaces//configmaps", 200, ""),
        ("/api/v1/namespaces//configmaps/kept", 400, "Namespace parameter required."),
        ("/api/v1/configmaps/kept", 404, UNKNOWN),
        ("/api/v1/namespaces/default/nodes", 404, UNKNOWN),
        ("/apis/stable.example.com/v1/namespaces/default/crontabs/", 200, ""),
        ("/apis/stable.example.com/v1/namespaces//crontabs", 200, ""),
        ("/apis/stable.example.com/v1/namespaces//crontabs/x", 404, NO_PAGE),
        ("/apis/stable.example.com/v1/namespaces/default//crontabs", 404, NO_PAGE),
        ("/version/", 200, ""),
        ("/version/x", 404, UNKNOWN),
        ("/healthz/", 404, NO_PAGE),
        ("/livez/ping", 200, "ok"),
        ("/livez/ping/", 404, NO_PAGE),
        ("/openapi/v2/", 404, NO_PAGE),
        ("/openapi/v3/", 404, NO_PAGE),
        ("/metrics/", 404, NO_PAGE),
        ("//", 404, NO_PAGE),
        ("/index.html", 200, ""),
    ] {
        let (found, _, message) = told(&listening, "GET", path).await;
        assert_eq!((found, message.as_str()), (code, why), "{path}");
    }
    let all = told(&listening, "GET", "/api/v1/namespaces//configmaps").await;
    assert_eq!(all.1, "ConfigMapList", "an empty namespace means all of them");
}

#[tokio::test]
async fn methods_count_only_where_upstream_looks_at_them() {
    let listening = listening().await;
    for (path, code) in [
        ("/", 200),
        ("/apis", 200),
        ("/apis/apps", 200),
        ("/apis/stable.example.com/v1", 200),
        ("/livez/ping", 200),
        ("/openapi/v2", 200),
        ("/api", 405),
        ("/api/v1", 405),
        ("/apis/apps/v1", 405),
        ("/version", 405),
        ("/none", 404),
    ] {
        for method in ["HEAD", "OPTIONS", "POST", "DELETE", "FOO"] {
            assert_eq!(told(&listening, method, path).await.0, code, "{method} {path}");
        }
    }
    for (method, path, code, why) in [
        ("OPTIONS", "/api/v1/namespaces/default/configmaps/kept", 405, NO_METHOD),
        ("OPTIONS", "/api/v1/namespaces/default/configmaps/kept/none", 404, UNKNOWN),
        ("POST", "/api/v1/configmaps", 405, NO_METHOD),
        ("POST", "/api/v1/configmaps/kept", 404, UNKNOWN),
        ("DELETE", "/api/v1/namespaces//configmaps", 400, "Namespace parameter required."),
        ("DELETE", "/api/v1/namespaces//configmaps/kept", 400, "Namespace parameter required."),
        ("DELETE", "/api/v1/namespaces/default/configmaps//kept", 404, UNKNOWN),
        ("DELETE", "/apis/stable.example.com/v1/namespaces/default/crontabs/x//status", 404, NO_PAGE),
        ("GET", "/api/v1/namespaces/default/configmaps/kept", 200, ""),
    ] {
        let (found, _, message) = told(&listening, method, path).await;
        assert_eq!((found, message.as_str()), (code, why), "{method} {path}");
    }
}
