//! A webhook over HTTPS, in the process of the test.

use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kontiki_api::time::Time;
use kontiki_apiserver::pki::{Pki, server_config};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What a webhook answers at a path to a request of a review; `None`: never.
pub type Answer = fn(&str, &Value) -> Option<Value>;

/// A webhook that listens on loopback while this lives.
pub struct HookServer {
    pub port: u16,
    bundle: String,
    seen: Arc<Mutex<Vec<Value>>>,
    _stop: DropGuard,
}

impl HookServer {
    /// Listens under the names `names`, and answers as `answer` says.
    pub async fn start(names: &[&str], answer: Answer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = Time::from_micros(jiff::Timestamp::now().as_microsecond());
        let pki = Pki::open(folder.path(), now).unwrap();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let tls = TlsAcceptor::from(server_config(&pki.serving("webhook", &names, now).unwrap()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, seen) = (CancellationToken::new(), Arc::default());
        tokio::spawn(accept(listener, tls, stop.clone(), Arc::clone(&seen), answer));
        Self { port, bundle: STANDARD.encode(pki.authority()), seen, _stop: stop.drop_guard() }
    }

    /// A webhook called `name` at `path` for all operations on `resources` of every group, with `more` of its fields.
    pub fn hook(&self, name: &str, path: &str, resources: &[&str], more: &Value) -> Value {
        let mut hook = json!({
            "name": name, "sideEffects": "None", "admissionReviewVersions": ["v1", "v1beta1"], "timeoutSeconds": 10,
            "clientConfig": {"caBundle": self.bundle, "url": format!("https://localhost:{}{path}", self.port)},
            "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": resources}],
        });
        for (field, value) in more.as_object().unwrap() {
            hook[field] = value.clone();
        }
        hook
    }

    /// The same webhook behind a Service.
    pub fn service(&self, namespace: &str, name: &str) -> Value {
        json!({"caBundle": self.bundle, "service": {"namespace": namespace, "name": name, "port": 8443, "path": "/x"}})
    }

    /// The requests of all reviews so far.
    pub fn seen(&self) -> Vec<Value> {
        self.seen.lock().clone()
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, stop: CancellationToken, seen: Arc<Mutex<Vec<Value>>>, answer: Answer) {
    while let Some(Ok((tcp, _))) = stop.run_until_cancelled(listener.accept()).await {
        let (tls, seen) = (tls.clone(), Arc::clone(&seen));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(tcp).await else { return };
            let service = service_fn(move |request| review(request, Arc::clone(&seen), answer));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn review(
    request: Request<Incoming>,
    seen: Arc<Mutex<Vec<Value>>>,
    answer: Answer,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut review: Value = serde_json::from_slice(&body).unwrap();
    let asked = review["request"].take();
    seen.lock().push(asked.clone());
    let Some(mut response) = answer(&path, &asked) else { return std::future::pending().await };
    response["uid"] = asked["uid"].clone();
    let body = json!({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response});
    Ok(Response::new(Full::new(Bytes::from(body.to_string()))))
}

/// A JSON patch as an answer.
pub fn patch(operations: &Value) -> Value {
    json!({"allowed": true, "patchType": "JSONPatch", "patch": STANDARD.encode(operations.to_string())})
}
