use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kontiki_api::kind::Kinds;
use kontiki_api::status::{Reason, Status};
use kontiki_store::Store;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

use super::{KubeletAccess, connects};
use crate::admit::{Admission, Plugin};
use crate::authenticate::{Authenticator, CertificateAuthority, Tokens, system_clock};
use crate::authorize::rbac::Rbac;
use crate::authorize::{Authorize, Masters, Union};
use crate::fixture::{NOW, cluster, put};
use crate::pki::{Pair, Pki, client_config, server_config};
use crate::{Server, ServerConfig};

const LOOPBACK: &str = "127.0.0.1";

struct Setup {
    pki: Pki,
    address: std::net::SocketAddr,
    access: KubeletAccess,
    _stop: tokio_util::sync::DropGuard,
}

/// An API server, and a kubelet that tells what it was asked and echoes what it is sent over upgraded connections.
async fn setup() -> Setup {
    let store: Arc<dyn Store> = cluster().await;
    let pki = Pki::open(tempfile::tempdir().unwrap().path(), crate::authenticate::system_clock()()).unwrap();
    let stop = CancellationToken::new();
    let kubelet_port = kubelet(serving(&pki)).await;
    put(
        &*store,
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": {
        "addresses": [{"type": "InternalIP", "address": LOOPBACK}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}}}}),
    )
    .await;
    let pod = |name: &str, node: &str| {
        json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"nodeName": node, "containers": [{"name": "c"}]}})
    };
    put(&*store, pod("p", "n1")).await;
    put(&*store, pod("unbound", "")).await;
    let mut two = pod("two", "n1");
    two["spec"]["containers"] = json!([{"name": "open"}, {"name": "secret"}]);
    put(&*store, two).await;
    let tokens = Arc::new(Tokens::new(pki.token_key()).unwrap());
    let authority = CertificateAuthority::new(pki.authority()).unwrap();
    let authenticator = Arc::new(Authenticator::new(store.clone(), tokens.clone(), authority, system_clock()));
    let rbac = Rbac::start(store.clone(), stop.clone());
    let authorizer: Arc<dyn Authorize> = Arc::new(Union::new(vec![Arc::new(Masters), Arc::new(rbac)]));
    let mut config = ServerConfig::new(Kinds::builtin(), store.clone(), authenticator.clone(), authorizer.clone());
    config.tokens = Some(tokens.clone());
    config.plugins = vec![Arc::new(Guard)];
    let own = pki.kubelet_client(now()).unwrap();
    config.connects = connects(store, client_config(pki.authority(), Some(&own)).unwrap(), stop.clone()).unwrap();
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(crate::http::serve(Server::new(config), listener, serving(&pki), stop.clone()));
    Setup { pki, address, access: KubeletAccess::new(authenticator, authorizer), _stop: stop.drop_guard() }
}

/// Lets nobody talk to a container, nor see that called `secret` or what a pod has at `/closed`.
struct Guard;

impl Plugin for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let options = &*admission.object;
        let refused = options["container"] == "secret" || options["stdin"] == true || options["path"] == "/closed";
        let told = || Status::new(Reason::Forbidden, admission.object.to_string());
        if refused { Err(told()) } else { Ok(()) }
    }
}

fn now() -> kontiki_api::time::Time {
    system_clock()()
}

fn serving(pki: &Pki) -> Arc<rustls::ServerConfig> {
    server_config(&pki.serving("server", &[LOOPBACK.into()], now()).unwrap()).unwrap()
}

async fn kubelet(tls: Arc<rustls::ServerConfig>) -> u16 {
    let listener = TcpListener::bind((LOOPBACK, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let stream = TlsAcceptor::from(tls.clone()).accept(tcp).await.unwrap();
            assert!(stream.get_ref().1.peer_certificates().is_some(), "the API server shows who it is");
            let connection = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            tokio::spawn(async move {
                connection.serve_connection_with_upgrades(TokioIo::new(stream), service_fn(answer)).await.ok()
            });
        }
    });
    port
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let told = request.uri().to_string();
    if !request.headers().contains_key(UPGRADE) {
        let missing = told.contains("previous=true");
        let mut response = Response::new(Full::from(if missing { "no previous container".to_owned() } else { told }));
        *response.status_mut() = if missing { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        return Ok(response);
    }
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = request.headers().clone();
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.unwrap());
        stream.write_all(told.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        stream.write_all(&heard).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    Ok(response)
}

impl Setup {
    async fn ask(&self, path: &str, client: Option<&Pair>, headers: &[(http::HeaderName, &str)]) -> Response<Incoming> {
        let tls = TlsConnector::from(Arc::new(client_config(self.pki.authority(), client).unwrap()));
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let stream = tls.connect(ServerName::try_from(LOOPBACK).unwrap(), tcp).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::get(match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/api/v1/namespaces/shop/pods/{path}"),
        })
        .header("host", LOOPBACK)
        .body(Empty::<Bytes>::new())
        .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        sender.send_request(request).await.unwrap()
    }

    async fn text(&self, path: &str) -> (u16, String) {
        let response = self.ask(path, Some(self.pki.admin()), &[]).await;
        let code = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (code, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn refused(&self, path: &str) -> (u16, String) {
        let (code, body) = self.text(path).await;
        let status: Value = serde_json::from_str(&body).unwrap();
        (code, status["message"].as_str().unwrap().to_owned())
    }
}

const WEBSOCKET: [(http::HeaderName, &str); 3] =
    [(CONNECTION, "Upgrade"), (UPGRADE, "websocket"), (SEC_WEBSOCKET_PROTOCOL, "v5.channel.k8s.io")];

#[tokio::test]
async fn a_log_comes_from_the_kubelet_of_the_pods_node() {
    let setup = setup().await;
    let asked = setup.text("p/log?container=c&tailLines=3&follow=true").await;
    assert_eq!(asked, (200, "/containerLogs/shop/p/c?follow=true&tailLines=3".into()));
    let asked = setup.text("two/log?container=open&container=secret&tailLines=1&tailLines=2&x=1&%63ontainer=secret").await;
    assert_eq!(asked, (200, "/containerLogs/shop/two/open?tailLines=1".into()));
    assert_eq!(setup.refused("p/log?limitBytes=0").await.0, 422);
    assert_eq!(setup.text("unbound/log").await, (200, String::new()));
    assert_eq!(setup.refused("p/log?previous=true").await, (400, "no previous container".into()));
    assert_eq!(setup.refused("p/log?container=x").await, (400, "container x is not valid for pod p".into()));
    assert_eq!(setup.refused("q/log").await.0, 404);
}

#[tokio::test]
async fn an_upgraded_stream_passes_both_ways_and_each_half_ends_by_itself() {
    let setup = setup().await;
    let mut response = setup.ask("p/exec?command=cat&stdout=true", Some(setup.pki.admin()), &WEBSOCKET).await;
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(response.headers()[SEC_WEBSOCKET_PROTOCOL], "v5.channel.k8s.io");
    let mut stream = TokioIo::new(hyper::upgrade::on(&mut response).await.unwrap());
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    assert_eq!(heard, "/exec/shop/p/c?output=1&command=cathello");
}

#[tokio::test]
async fn a_kubelet_is_asked_for_what_was_admitted_and_nothing_else() {
    let setup = setup().await;
    for path in [
        "p/exec?command=cat&stdin=True",
        "p/exec?command=cat&stdin",
        "p/attach?stdin=yes",
        "p/attach?stdin=true&stdin=false",
        "two/exec?command=cat&container=secret",
        "two/exec?command=cat&container=secret&container=open",
        "two/exec?command=cat&%63ontainer=secret&container=open",
    ] {
        assert_eq!(setup.ask(path, Some(setup.pki.admin()), &WEBSOCKET).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    for (path, wanted) in [
        ("p/exec?command=a%26input=1&input=1&x=y&stdin=FALSE&tty=1", "/exec/shop/p/c?tty=1&command=a%26input%3D1"),
        ("two/exec?container=open&container=secret&stdin=0&stdin=1&command=", "/exec/shop/two/open?command="),
        ("two/attach?container=open&command=rm&stderr=true&error=1&output=1", "/attach/shop/two/open?error=1"),
        ("p/portforward?ports=80,81&port=22&ports=82&stdin=true", "/portForward/shop/p?port=80%2C81%2C82"),
        ("p/portforward", "/portForward/shop/p?"),
    ] {
        let mut response = setup.ask(path, Some(setup.pki.admin()), &WEBSOCKET).await;
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS, "{path}");
        let mut stream = TokioIo::new(hyper::upgrade::on(&mut response).await.unwrap());
        stream.shutdown().await.unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, wanted);
    }
    let wrong = setup.ask("p/portforward?ports=http", Some(setup.pki.admin()), &WEBSOCKET).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_proxied_request_is_admitted_for_the_path_it_goes_to() {
    let setup = setup().await;
    for path in ["p:80/proxy/closed", "p:80/proxy/closed?path=/open", "p:80/proxy/%63losed"] {
        assert_eq!(setup.text(path).await.0, 403, "{path}");
    }
    let open = setup.refused("p:80/proxy/open?path=/closed&container=secret&stdin=true").await;
    assert_eq!(open, (400, "address not allowed".into()));
}

#[tokio::test]
async fn streams_need_an_upgrade_and_a_node() {
    let setup = setup().await;
    assert_eq!(setup.refused("p/exec?command=sh").await, (400, "Upgrade request required".into()));
    let unbound = setup.ask("unbound/exec?command=sh", Some(setup.pki.admin()), &WEBSOCKET).await;
    assert_eq!(unbound.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn logs_and_streams_are_refused_to_those_who_may_not() {
    let setup = setup().await;
    let bob = setup.pki.client("bob", &[], now()).unwrap();
    for (path, headers) in [("p/log", &WEBSOCKET[..0]), ("p/exec?command=sh", &WEBSOCKET[..])] {
        assert_eq!(setup.ask(path, Some(&bob), headers).await.status(), StatusCode::FORBIDDEN, "{path}");
        assert_eq!(setup.ask(path, None, headers).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_kubelets_port_is_open_to_the_api_server_and_closed_to_others() {
    let setup = setup().await;
    let own = setup.pki.kubelet_client(now()).unwrap().chain().unwrap();
    let bob = setup.pki.client("bob", &[], now()).unwrap().chain().unwrap();
    let headers = HeaderMap::new();
    assert!(setup.access.check(&headers, &own, "n1", "create", "proxy").await.is_ok());
    assert!(setup.access.check(&headers, &own, "n1", "get", "metrics").await.is_ok());
    for peer in [&bob[..], &[]] {
        let refused = setup.access.check(&headers, peer, "n1", "get", "proxy").await;
        assert_eq!(refused.unwrap_err().reason, Reason::Forbidden);
    }
    let stranger = Pki::open(tempfile::tempdir().unwrap().path(), NOW).unwrap();
    let refused = setup.access.check(&headers, &stranger.admin().chain().unwrap(), "n1", "get", "proxy").await;
    assert_eq!(refused.unwrap_err().reason, Reason::Unauthorized);
}

#[tokio::test]
async fn the_public_key_of_tokens_is_shown_to_those_who_may_see_it() {
    let setup = setup().await;
    let (code, keys) = setup.text("/openid/v1/jwks").await;
    let keys: Value = serde_json::from_str(&keys).unwrap();
    assert_eq!((code, &keys["keys"][0]["crv"]), (200, &json!("P-256")));
    assert_eq!(setup.text("/.well-known/openid-configuration").await.0, 200);
    assert_eq!(setup.ask("/openid/v1/jwks", None, &[]).await.status(), StatusCode::FORBIDDEN);
    let account = setup.pki.client("system:serviceaccount:shop:till", &["system:serviceaccounts"], now()).unwrap();
    assert_eq!(setup.ask("/openid/v1/jwks", Some(&account), &[]).await.status(), StatusCode::OK);
}
