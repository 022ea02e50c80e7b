use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kontiki_store::Store;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::{ClientConfig, WebhookError, Webhooks};
use crate::fixture::{NOW, cluster, put};
use crate::pki::{Pki, server_config};

/// A webhook that echoes, and its authority.
struct Echo {
    port: u16,
    bundle: String,
    stop: CancellationToken,
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// `/echo` sends the body back, `/fail` refuses, `/hang` never answers.
async fn serve(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if path.starts_with("/hang") {
        return std::future::pending().await;
    }
    let mut response = Response::new(Full::new(if path.starts_with("/echo") { body } else { Bytes::from("no\n") }));
    if path.starts_with("/fail") {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    Ok(response)
}

async fn echo(names: &[&str]) -> Echo {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::open(folder.path(), NOW).unwrap();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let tls = TlsAcceptor::from(server_config(&pki.serving("webhook", &names, NOW).unwrap()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        while let Some(Ok((tcp, _))) = stopped.run_until_cancelled(listener.accept()).await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let Ok(stream) = tls.accept(tcp).await else { return };
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(serve)).await;
            });
        }
    });
    Echo { port, bundle: STANDARD.encode(pki.authority()), stop }
}

const TIME: Duration = Duration::from_secs(20);

async fn call(webhooks: &Webhooks, config: Value) -> Result<Bytes, WebhookError> {
    webhooks.post(&ClientConfig::read(&config).unwrap(), "timeout=20s", Bytes::from_static(b"{}"), TIME).await
}

/// What the client makes of the machine's clock does not matter here: certificates are of the fixture's time.
#[tokio::test]
async fn a_service_is_called_at_a_ready_endpoint_under_its_own_name() {
    let echo = echo(&["hook.tools.svc"]).await;
    let store: Arc<dyn Store> = cluster().await;
    let webhooks = Webhooks::new(Arc::clone(&store), false);
    let config =
        json!({"caBundle": echo.bundle, "service": {"namespace": "tools", "name": "hook", "port": 8443, "path": "/echo"}});
    let error = call(&webhooks, config.clone()).await.unwrap_err().to_string();
    assert_eq!(error, r#"Post "https://hook.tools.svc:8443/echo?timeout=20s": service "hook" not found"#);
    put(
        &*store,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hook", "namespace": "tools"},
        "spec": {"ports": [{"name": "tls", "port": 8443}]}}),
    )
    .await;
    let error = call(&webhooks, config.clone()).await.unwrap_err().to_string();
    assert!(error.ends_with(r#"no endpoints available for service "hook""#), "{error}");
    put(
        &*store,
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "hook-1", "namespace": "tools", "labels": {"kubernetes.io/service-name": "hook"}},
        "ports": [{"name": "tls", "port": echo.port}],
        "endpoints": [{"addresses": ["192.0.2.9"], "conditions": {"ready": false}}, {"addresses": ["127.0.0.1"]}]}),
    )
    .await;
    assert_eq!(call(&webhooks, config).await.unwrap(), Bytes::from_static(b"{}"));
}

#[tokio::test]
async fn failures_are_told_in_upstreams_words() {
    let echo = echo(&["localhost"]).await;
    let webhooks = Webhooks::new(cluster().await, false);
    let at = |path: &str| json!({"caBundle": echo.bundle, "url": format!("https://localhost:{}/{path}", echo.port)});
    assert_eq!(call(&webhooks, at("echo")).await.unwrap(), Bytes::from_static(b"{}"));
    let error = call(&webhooks, at("fail")).await.unwrap_err().to_string();
    assert_eq!(error, r#"an error on the server ("no") has prevented the request from succeeding"#);
    let config = ClientConfig::read(&at("hang")).unwrap();
    let error = webhooks.post(&config, "timeout=1s", Bytes::new(), Duration::from_millis(50)).await.unwrap_err().to_string();
    assert_eq!(error, format!("Post \"https://localhost:{}/hang?timeout=1s\": context deadline exceeded", echo.port));
    let error = call(&webhooks, json!({"url": "https://localhost:1/"})).await.unwrap_err().to_string();
    assert!(error.contains("connect:") && error.contains("refused"), "{error}");
    let error = call(&webhooks, json!({"url": format!("https://localhost:{}/echo", echo.port)})).await.unwrap_err();
    assert!(matches!(error, WebhookError::Unreachable { .. }), "another authority is not trusted: {error}");
    assert!(ClientConfig::read(&json!({})).unwrap_err().to_string().contains("must have either service or URL"));
    assert!(ClientConfig::read(&json!({"url": "http://a/"})).unwrap().uri("").is_err());
}
