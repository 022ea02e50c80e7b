use std::convert::Infallible;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, HOST, LOCATION, UPGRADE};
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kontiki_api::kind::Kinds;
use kontiki_store::Store;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::follow;
use crate::authenticate::system_clock;
use crate::authorize::Masters;
use crate::fixture::{cluster, put};
use crate::pki::{Pki, ShownCertificate, server_config};
use crate::{Server, ServerConfig};

/// An extension server: lists `flunders`, and tells of other requests who asked, and whether a certificate was shown.
async fn answer(request: Request<Incoming>, certified: bool) -> Result<Response<Full<Bytes>>, Infallible> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(String::from);
    let flunders = json!({"name": "flunders", "singularName": "flunder", "namespaced": true, "kind": "Flunder",
        "verbs": ["get", "list"], "shortNames": ["fl"]});
    let told = match request.uri().path() {
        "/apis/wardle.example.com/v1" => {
            let status = json!({"name": "flunders/status", "namespaced": true, "kind": "Flunder", "verbs": ["get"]});
            json!({"kind": "APIResourceList", "groupVersion": "wardle.example.com/v1", "resources": [flunders, status]})
        }
        "/openapi/v3" => json!({"paths": {"apis/wardle.example.com/v1": {"serverRelativeURL": "/openapi/v3/apis/w?hash=1"}}}),
        "/openapi/v2" => {
            json!({"paths": {"/apis/wardle.example.com/v1/flunders": {"get": {"x": {"$ref": "#/definitions/Flunder"}}},
            "/apis/other": {}}, "definitions": {"Flunder": {"type": "object"}, "Unused": {}}})
        }
        path => json!({"path": path, "user": header("x-remote-user"), "group": header("x-remote-group"),
            "authorization": header("authorization"), "certified": certified}),
    };
    let mut response = Response::new(Full::from(told.to_string()));
    if request.uri().path().ends_with("/away") {
        *response.status_mut() = http::StatusCode::FOUND;
        response.headers_mut().insert(LOCATION, "https://elsewhere.example.com/".parse().unwrap());
    }
    Ok(response)
}

/// Serves it under its Service's name on loopback; answers port and authority.
async fn extension() -> (u16, String) {
    let now = system_clock()();
    let pki = Pki::open(tempfile::tempdir().unwrap().path(), now).unwrap();
    let tls = TlsAcceptor::from(server_config(&pki.serving("api", &["api.wardle.svc".into()], now).unwrap()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let Ok(stream) = tls.accept(tcp).await else { return };
                let certified = stream.get_ref().1.peer_certificates().is_some();
                let service = service_fn(move |request| answer(request, certified));
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (port, STANDARD.encode(pki.authority()))
}

/// The plain port asks nobody.
struct Nobody;

#[async_trait::async_trait]
impl crate::authenticate::Authenticate for Nobody {
    async fn authenticate(
        &self,
        _headers: &http::HeaderMap,
        _peer: &[rustls_pki_types::CertificateDer<'static>],
    ) -> Result<kontiki_api::request::User, kontiki_api::status::Status> {
        Err(kontiki_api::status::Status::internal("nobody is asked"))
    }
}

struct Setup {
    store: Arc<dyn Store>,
    address: std::net::SocketAddr,
    _stop: tokio_util::sync::DropGuard,
}

impl Setup {
    async fn new() -> Self {
        let store: Arc<dyn Store> = cluster().await;
        let now = system_clock()();
        let pki = Pki::open(tempfile::tempdir().unwrap().path(), now).unwrap();
        let mut config = ServerConfig::new(Kinds::builtin(), store.clone(), Arc::new(Nobody), Arc::new(Masters));
        config.front_proxy = Some(ShownCertificate::new(&pki.front_proxy_client(now).unwrap()).unwrap());
        let server = Server::new(config);
        let stop = CancellationToken::new();
        follow(&server, stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(crate::http::serve_plain(server, listener, stop.clone()));
        Self { store, address, _stop: stop.drop_guard() }
    }

    async fn get(&self, path: &str, accept: &str) -> (u16, Value) {
        self.ask(path, &[(ACCEPT, accept)]).await
    }

    async fn ask(&self, path: &str, headers: &[(http::HeaderName, &str)]) -> (u16, Value) {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(path).header(HOST, "api").header("authorization", "Bearer t");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, *value));
        let response = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
        let code = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into()))
    }

    /// The condition of the APIService, once its reason is `reason`.
    async fn condition(&self, name: &str, reason: &str) -> Value {
        let path = format!("/apis/apiregistration.k8s.io/v1/apiservices/{name}");
        let waiting = async {
            loop {
                let condition = self.get(&path, "application/json").await.1["status"]["conditions"][0].clone();
                if condition["reason"] == reason {
                    return condition;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.expect(reason)
    }
}

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const FLUNDERS: &str = "/apis/wardle.example.com/v1/namespaces/default/flunders";

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_another_server_is_shown_and_served_once_it_answers_but_sends_nobody_elsewhere() {
    let (setup, (port, authority)) = (Setup::new().await, extension().await);
    put(
        &*setup.store,
        json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.wardle.example.com"},
        "spec": {"group": "wardle.example.com", "version": "v1", "groupPriorityMinimum": 2000, "versionPriority": 200,
            "caBundle": authority, "service": {"namespace": "wardle", "name": "api", "port": 7443}}}),
    )
    .await;
    let condition = setup.condition("v1.wardle.example.com", "ServiceNotFound").await;
    assert_eq!(condition["message"], "service/api in \"wardle\" is not present");
    assert_eq!(setup.get(FLUNDERS, "*/*").await, (503, "service unavailable\n".into()));
    put(
        &*setup.store,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "wardle"},
        "spec": {"ports": [{"port": 7443}]}}),
    )
    .await;
    setup.condition("v1.wardle.example.com", "EndpointsNotFound").await;
    put(
        &*setup.store,
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "api-1", "namespace": "wardle", "labels": {"kubernetes.io/service-name": "api"}},
        "ports": [{"name": "", "port": port}], "endpoints": [{"addresses": ["127.0.0.1"]}]}),
    )
    .await;
    let condition = setup.condition("v1.wardle.example.com", "Passed").await;
    assert_eq!((&condition["status"], &condition["message"]), (&"True".into(), &"all checks passed".into()));
    let wanted = json!({"path": FLUNDERS, "user": "system:unsecured", "group": "system:masters", "authorization": null,
        "certified": true});
    assert_eq!(setup.get(FLUNDERS, "*/*").await, (200, wanted));
    documents(&setup).await;
    let refused = (502, "the backend attempted to redirect this request, which is not permitted".into());
    for headers in [&[][..], &[(CONNECTION, "Upgrade"), (UPGRADE, "websocket")]] {
        assert_eq!(setup.ask("/apis/wardle.example.com/v1/away", headers).await, refused, "{headers:?}");
    }
}

async fn documents(setup: &Setup) {
    let groups = setup.get("/apis", "application/json").await.1;
    let last = groups["groups"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["preferredVersion"]["groupVersion"], "wardle.example.com/v1");
    assert_eq!(setup.get("/apis/wardle.example.com", "application/json").await.1["name"], "wardle.example.com");
    let list = setup.get("/apis/wardle.example.com/v1", "application/json").await.1;
    assert_eq!(list["resources"][0]["name"], "flunders");
    let whole = setup.get("/apis", AGGREGATED).await.1;
    let group = whole["items"].as_array().unwrap().last().unwrap().clone();
    let resource = &group["versions"][0]["resources"][0];
    assert_eq!((&group["versions"][0]["freshness"], &resource["resource"]), (&"Current".into(), &"flunders".into()));
    assert_eq!((&resource["scope"], &resource["subresources"][0]["subresource"]), (&"Namespaced".into(), &"status".into()));
    let index = setup.get("/openapi/v3", "application/json").await.1;
    assert_eq!(index["paths"]["apis/wardle.example.com/v1"]["serverRelativeURL"], "/openapi/v3/apis/w?hash=1");
    let v2 = setup.get("/openapi/v2", "application/json").await.1;
    let place = &v2["paths"]["/apis/wardle.example.com/v1/flunders"]["get"]["x"]["$ref"];
    assert_eq!((place, &v2["definitions"]["Flunder"]["type"]), (&"#/definitions/Flunder".into(), &"object".into()));
    assert_eq!((&v2["paths"]["/apis/other"], &v2["definitions"]["Unused"]), (&Value::Null, &Value::Null));
    let document = setup.get("/openapi/v3/apis/wardle.example.com/v1", "application/json").await.1;
    assert_eq!(document["path"], "/openapi/v3/apis/wardle.example.com/v1");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_served_here_have_apiservices_of_their_own() {
    let setup = Setup::new().await;
    let condition = setup.condition("v1.apps", "Local").await;
    assert_eq!(condition["message"], "Local APIServices are always available");
    assert_eq!(setup.get("/apis/wardle.example.com", "application/json").await.0, 404);
}
