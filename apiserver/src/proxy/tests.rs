use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderMap, LOCATION, UPGRADE};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kontiki_api::kind::Kinds;
use kontiki_store::Store;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::target::check_address;
use super::{Destination, Forward, Outward, PodProxy, ServiceProxy, forward, unverified};
use crate::connect::Connect;
use crate::fixture::{cluster, put};
use crate::http::Body;
use crate::{Server, ServerConfig};

/// Serves `answer` on loopback.
async fn serving<F>(answer: impl Fn(Request<Incoming>) -> F + Clone + Send + 'static) -> SocketAddr
where
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let answered = answer(request);
                    async move { Ok::<_, Infallible>(answered.await) }
                });
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                server.serve_connection_with_upgrades(TokioIo::new(tcp), service).await.ok()
            });
        }
    });
    address
}

/// A server that tells what it was asked, sends elsewhere, shows a page and echoes over what it upgrades.
async fn backend(mut request: Request<Incoming>) -> Response<Body> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(String::from);
    if header("upgrade").is_some() {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut stream = TokioIo::new(upgrade.await.unwrap());
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await.unwrap();
            stream.write_all(&heard).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(CONNECTION, "Upgrade".parse().unwrap());
        response.headers_mut().insert(UPGRADE, "echo".parse().unwrap());
        return response;
    }
    let told = json!({"method": request.method().as_str(), "uri": request.uri().to_string(), "host": header("host"),
        "forwarded": header("x-forwarded-uri"), "for": header("x-forwarded-for"), "authorization": header("authorization"),
        "user": header("x-remote-user")});
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let mut response = match path.as_str() {
        "/page" => Response::new(Body::from("<a href=\"/next\">".to_owned())),
        _ => Response::new(Body::from(format!("{told}{}", String::from_utf8_lossy(&body)))),
    };
    match path.as_str() {
        "/page" => drop(response.headers_mut().insert(CONTENT_TYPE, "text/html; charset=utf-8".parse().unwrap())),
        "/away" => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(LOCATION, "/there/".parse().unwrap());
        }
        _ => {}
    }
    response
}

/// A proxy that shows the server at `to` below `/p/proxy`.
async fn proxy(to: SocketAddr) -> SocketAddr {
    serving(move |mut request| async move {
        request.extensions_mut().insert(crate::http::ClientAddress("192.0.2.9:1".parse().unwrap()));
        let path = request.uri().path().strip_prefix("/p/proxy").unwrap().to_owned();
        let to = Destination { host: to.ip().to_string(), port: to.port(), tls: None };
        let identity: HeaderMap = [("x-remote-user".parse().unwrap(), "jane".parse().unwrap())].into_iter().collect();
        let on = Forward { to, path, identity, own_host: false, redirects: true, stop: CancellationToken::new() };
        forward(request, on).await.unwrap_or_else(|status| {
            let mut response = Response::new(Body::from(status.message));
            *response.status_mut() = StatusCode::from_u16(status.reason.code()).unwrap();
            response
        })
    })
    .await
}

async fn send(to: SocketAddr, request: http::request::Builder, body: &'static str) -> Response<Incoming> {
    let tcp = TcpStream::connect(to).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await.unwrap();
    tokio::spawn(connection.with_upgrades());
    sender.send_request(request.header(HOST, "api:6443").body(Full::new(Bytes::from(body))).unwrap()).await.unwrap()
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn requests_are_handed_on_whatever_their_method_and_credentials_are_kept() {
    let proxy = proxy(serving(backend).await).await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/p/proxy/a/b/?x=1%2F2");
        let request = request.header("authorization", "Bearer t").header("x-remote-user", "root");
        let told = text(send(proxy, request, "body").await).await;
        let (told, body) = told.split_at(told.rfind('}').unwrap() + 1);
        let told: Value = serde_json::from_str(told).unwrap();
        let wanted = json!({"method": method, "uri": "/a/b/?x=1%2F2", "host": "api:6443", "forwarded": "/p/proxy/a/b/",
            "for": "192.0.2.9", "authorization": null, "user": "jane"});
        assert_eq!((told, body), (wanted, "body"));
    }
}

#[tokio::test]
async fn links_redirections_and_the_root_come_below_the_prefix() {
    let proxy = proxy(serving(backend).await).await;
    let page = send(proxy, Request::get("/p/proxy/page"), "").await;
    assert_eq!(text(page).await, "<a href=\"/p/proxy/next\">");
    let away = send(proxy, Request::get("/p/proxy/away"), "").await;
    assert_eq!((away.status(), &away.headers()[LOCATION]), (StatusCode::FOUND, &"/p/proxy/there/".parse().unwrap()));
    let root = send(proxy, Request::get("/p/proxy?a=b"), "").await;
    assert_eq!((root.status(), &root.headers()[LOCATION]), (StatusCode::MOVED_PERMANENTLY, &"/p/proxy/?a=b".parse().unwrap()));
    assert_eq!(send(proxy, Request::post("/p/proxy"), "").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn upgrades_pass_and_a_server_that_is_away_is_503() {
    let there = proxy(serving(backend).await).await;
    let request = Request::get("/p/proxy/ws").header(CONNECTION, "upgrade").header(UPGRADE, "echo");
    let mut response = send(there, request, "").await;
    assert_eq!((response.status(), &response.headers()[UPGRADE]), (StatusCode::SWITCHING_PROTOCOLS, &"echo".parse().unwrap()));
    let mut stream = TokioIo::new(hyper::upgrade::on(&mut response).await.unwrap());
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    assert_eq!(heard, "hello");
    let away = proxy("127.0.0.1:1".parse().unwrap()).await;
    let refused = send(away, Request::get("/p/proxy/"), "").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let said = text(refused).await;
    assert_eq!(said, "error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused");
}

/// What the proxies of a cluster answer to GET of `path`: code and message.
async fn refused(store: Arc<dyn Store>, path: &str) -> (u16, String) {
    let outward =
        Outward { tls: Arc::new(unverified(crate::pki::client_config("", None).unwrap())), stop: CancellationToken::new() };
    let everybody = Arc::new(crate::authorize::Masters);
    let mut config = ServerConfig::new(Kinds::builtin(), store.clone(), Arc::new(Admin), everybody);
    let pods: Arc<dyn Connect> = Arc::new(PodProxy(outward.clone()));
    config.connects.insert(("pods".into(), "proxy".into()), pods);
    config.connects.insert(("services".into(), "proxy".into()), Arc::new(ServiceProxy { store, outward }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(crate::http::serve_plain(Server::new(config), listener, stop.clone()));
    let tcp = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await.unwrap();
    tokio::spawn(connection);
    let uri = format!("/api/v1/namespaces/shop/{path}");
    let request = Request::get(uri).header(HOST, "api").body(Empty::<Bytes>::new()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let code = response.status().as_u16();
    let said: Value = serde_json::from_str(&text(response).await).unwrap();
    stop.cancel();
    (code, said["message"].as_str().unwrap().to_owned())
}

struct Admin;

#[async_trait::async_trait]
impl crate::authenticate::Authenticate for Admin {
    async fn authenticate(
        &self,
        _headers: &HeaderMap,
        _peer: &[rustls_pki_types::CertificateDer<'static>],
    ) -> Result<kontiki_api::request::User, kontiki_api::status::Status> {
        Err(kontiki_api::status::Status::internal("nobody is asked"))
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_told_in_upstreams_words() {
    let store: Arc<dyn Store> = cluster().await;
    put(
        &*store,
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c"}]}, "status": {"podIP": "127.0.0.1"}}),
    )
    .await;
    put(
        &*store,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": "shop"},
        "spec": {"ports": [{"name": "web", "port": 80}]}}),
    )
    .await;
    for (path, wanted) in [
        ("pods/p:80/proxy/", (400, "address not allowed")),
        ("pods/ftp:p:80/proxy/", (400, "invalid pod request \"ftp:p:80\"")),
        ("pods/q/proxy/", (404, "pods \"q\" not found")),
        ("services/s:81/proxy/", (503, "no service port 81 found for service \"s\"")),
        ("services/https:s:web/proxy/", (503, "no endpoints available for service \"https:s:web\"")),
        ("services/t/proxy/", (404, "services \"t\" not found")),
    ] {
        let (code, message) = refused(Arc::clone(&store), path).await;
        assert_eq!((code, message.as_str()), wanted, "{path}");
    }
}

#[test]
fn nobody_is_led_to_this_machine_or_its_link() {
    for address in ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "ff02::1", "", "host"] {
        assert!(check_address(address).is_err(), "{address}");
    }
    for address in ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:224.0.0.1"] {
        assert!(check_address(address).is_err(), "{address}");
    }
    for address in ["10.244.0.7", "2001:db8::1", "::ffff:10.244.0.7"] {
        assert!(check_address(address).is_ok(), "{address}");
    }
}
