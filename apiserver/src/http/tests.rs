//! Connections whose clients are slow, silent or still sending, by a clock of their own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kontiki_api::kind::Kinds;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use kontiki_store::MemoryStore;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::bodies::Share;
use super::connection::serve_connection;
use super::handle::Peer;
use crate::authenticate::Authenticate;
use crate::authorize::{Attributes, Authorize, Decision};
use crate::cluster::{Asked, ClusterApi};
use crate::server::{Server, ServerConfig};

const CONFIG_MAPS: &str = "http://a.b/api/v1/namespaces/default/configmaps";
const JOIN: &str = "http://a.b/kontiki/v1/join";
/// The room for large bodies of one user.
const PART: usize = 256 << 10;

type Sent = BoxBody<Bytes, std::convert::Infallible>;

/// Everybody is alice, who may do everything; masters join without being asked who they are.
struct Open;

#[async_trait]
impl Authenticate for Open {
    async fn authenticate(&self, _headers: &HeaderMap, _peer: &[CertificateDer<'static>]) -> Result<User, Status> {
        Ok(alice())
    }
}

impl Authorize for Open {
    fn authorize(&self, _attributes: &Attributes) -> Decision {
        Decision::Allow
    }
}

#[async_trait]
impl ClusterApi for Open {
    fn is_open(&self, path: &str) -> bool {
        path == "join"
    }

    async fn answer(&self, asked: Asked) -> Result<Value, Status> {
        Ok(json!({"bytes": asked.body.len()}))
    }
}

fn alice() -> User {
    User { name: "alice".into(), groups: vec!["system:authenticated".into()], ..User::default() }
}

fn server() -> Arc<Server> {
    let mut config = ServerConfig::new(Kinds::builtin(), Arc::new(MemoryStore::new()), Arc::new(Open), Arc::new(Open));
    config.cluster = Some(Arc::new(Open));
    config.limits.bodies_bytes = 4 * PART;
    Server::new(config)
}

/// A client's end of a connection to `server`, and what ends with the server's.
fn connect(server: &Arc<Server>) -> (DuplexStream, JoinHandle<()>) {
    let (near, far) = tokio::io::duplex(64 << 10);
    let serve = serve_connection(Arc::clone(server), far, None, Peer::Trusted(alice()), CancellationToken::new());
    (near, tokio::spawn(serve))
}

async fn h2(server: &Arc<Server>) -> (http2::SendRequest<Sent>, JoinHandle<()>) {
    let (near, served) = connect(server);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(near)).await.unwrap();
    tokio::spawn(connection);
    (sender, served)
}

fn get(path: &str) -> Request<Sent> {
    Request::get(path).header("host", "a.b").body(Full::default().boxed()).unwrap()
}

/// A request with `bytes` of a body that does not end.
fn stalling(path: &str, bytes: usize) -> Request<Sent> {
    let begins = futures::stream::iter([Ok(Frame::data(Bytes::from(vec![b' '; bytes])))]).chain(futures::stream::pending());
    Request::post(path).header("content-type", "application/json").body(BodyExt::boxed(StreamBody::new(begins))).unwrap()
}

fn small(name: &str) -> Request<Sent> {
    let body = json!({"metadata": {"name": name}}).to_string();
    Request::post(CONFIG_MAPS).header("content-type", "application/json").body(Full::from(body).boxed()).unwrap()
}

async fn read(response: Response<Incoming>) -> StatusCode {
    let code = response.status();
    response.into_body().collect().await.unwrap();
    code
}

/// How long `served` takes from now on, in seconds.
async fn seconds(served: JoinHandle<()>) -> u64 {
    let begun = Instant::now();
    tokio::time::timeout(Duration::from_hours(1), served).await.expect("the connection is kept").unwrap();
    begun.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_nothing_is_left() {
    let server = server();
    let (_silent, served) = connect(&server);
    assert!((32..40).contains(&seconds(served).await));
    let (_sender, served) = h2(&server).await;
    assert!((32..40).contains(&seconds(served).await), "one that answers pings");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_nothing_more_to_ask_is_left_and_a_watcher_is_not() {
    let server = server();
    let (mut sender, served) = h2(&server).await;
    assert_eq!(read(sender.send_request(get("http://a.b/version")).await.unwrap()).await, 200);
    assert!((90..130).contains(&seconds(served).await));
    let (near, served) = connect(&server);
    let (mut sender, connection) = http1::handshake(TokioIo::new(near)).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(read(sender.send_request(get("/version")).await.unwrap()).await, 200);
    assert!((90..130).contains(&seconds(served).await));
    let (mut sender, served) = h2(&server).await;
    let watch = sender.send_request(get(&format!("{CONFIG_MAPS}?watch=true"))).await.unwrap();
    assert_eq!(watch.status(), 200);
    assert!(tokio::time::timeout(Duration::from_mins(20), served).await.is_err(), "a watch lasts half an hour");
}

#[tokio::test(start_paused = true)]
async fn who_has_not_been_asked_who_they_are_sends_little_and_soon() {
    let server = server();
    let (mut sender, _served) = h2(&server).await;
    let begun = Instant::now();
    let slow = sender.send_request(stalling(JOIN, 10)).await.unwrap();
    assert_eq!((slow.status().as_u16(), begun.elapsed().as_secs()), (504, 5));
    let large = sender.send_request(stalling(JOIN, (64 << 10) + 1)).await.unwrap();
    assert_eq!(large.status(), 413);
    let body = Full::from("{}").boxed();
    assert_eq!(read(sender.send_request(Request::post(JOIN).body(body).unwrap()).await.unwrap()).await, 200);
    let begun = Instant::now();
    let mut get = stalling(JOIN, 10);
    *get.method_mut() = http::Method::GET;
    assert_eq!(read(sender.send_request(get).await.unwrap()).await, 200);
    assert!(begun.elapsed().is_zero(), "who gets sends nothing that is read");
}

#[tokio::test(start_paused = true)]
async fn a_large_body_that_does_not_go_on_keeps_its_room_from_nobody_for_long() {
    let server = server();
    let (mut sender, _served) = h2(&server).await;
    let begun = Instant::now();
    let slow = sender.send_request(stalling(CONFIG_MAPS, 100 << 10)).await.unwrap();
    assert_eq!(slow.status(), 504);
    assert!((10..20).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let alice = alice();
    let share = Share { bodies: &server.bodies, user: &alice, from_master: false };
    assert!(share.hold(&mut None, PART, 0).await.unwrap(), "all of it is free again");
}

/// A request with a body of `pieces` pieces of 8 KiB, one each second.
fn slow(pieces: usize) -> Request<Sent> {
    let sent = futures::stream::iter(0..pieces).then(|_| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(Frame::data(Bytes::from(vec![b' '; 8 << 10])))
    });
    let body = Full::from(json!({"metadata": {"name": "slow"}}).to_string());
    let body = StreamBody::new(sent.chain(body.into_data_stream().map(|data| data.map(Frame::data))));
    Request::post(CONFIG_MAPS).header("content-type", "application/json").body(BodyExt::boxed(body)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_slow_upload_that_keeps_room_from_nobody_has_the_whole_time_of_its_request() {
    let mut config = ServerConfig::new(Kinds::builtin(), Arc::new(MemoryStore::new()), Arc::new(Open), Arc::new(Open));
    config.limits.bodies_bytes = 32 * PART;
    let server = Server::new(config);
    let (mut sender, _served) = h2(&server).await;
    assert_eq!(read(sender.send_request(slow(50)).await.unwrap()).await, 201);
    let begun = Instant::now();
    assert_eq!(read(sender.send_request(slow(80)).await.unwrap()).await, 504);
    assert_eq!(begun.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn uploads_that_wait_for_room_keep_no_other_request_of_their_connection_waiting() {
    let server = server();
    let alice = alice();
    let share = Share { bodies: &server.bodies, user: &alice, from_master: false };
    let mut held = None;
    assert!(share.hold(&mut held, PART, 0).await.unwrap(), "nothing is left to alice");
    let (mut sender, _served) = h2(&server).await;
    let begun = Instant::now();
    let mut others = sender.clone();
    let uploads = tokio::spawn(async move {
        let (first, second) = (stalling(CONFIG_MAPS, 2 << 20), stalling(CONFIG_MAPS, 2 << 20));
        let (first, second) = (sender.send_request(first), sender.send_request(second));
        let (first, second) = futures::join!(first, second);
        (first.unwrap().status(), second.unwrap().status())
    });
    // By then it has sent all that it may.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(read(others.send_request(small("c")).await.unwrap()).await, 201);
    assert!(begun.elapsed().as_secs() == 1 && !uploads.is_finished(), "{:?}", begun.elapsed());
    assert_eq!(uploads.await.unwrap(), (StatusCode::TOO_MANY_REQUESTS, StatusCode::TOO_MANY_REQUESTS));
    assert!((5..15).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_before_the_body_is_read_sees_why() {
    let server = server();
    for path in ["/api/v1/namespaces/default/nothing", "/api/v1/namespaces/default/configmaps?timeout=x"] {
        let (near, _served) = connect(&server);
        let (mut sender, connection) = http1::handshake(TokioIo::new(near)).await.unwrap();
        let connection = tokio::spawn(connection);
        let body: Sent = Full::from(vec![b' '; 2 << 20]).boxed();
        let request = Request::post(path).header("host", "a.b").header("content-type", "application/json").body(body).unwrap();
        let refused = sender.send_request(request).await.unwrap().status();
        assert_eq!(refused.as_u16(), if path.ends_with('x') { 400 } else { 404 });
        drop(sender);
        connection.await.unwrap().expect("all of it was taken");
    }
}

#[tokio::test]
async fn a_collection_is_deleted_only_by_its_own_path() {
    let server = server();
    let (mut sender, _served) = h2(&server).await;
    assert_eq!(read(sender.send_request(small("kept")).await.unwrap()).await, 201);
    let mut ask = async |method: http::Method, path: &str| {
        let mut request = get(path);
        *request.method_mut() = method;
        read(sender.send_request(request).await.unwrap()).await.as_u16()
    };
    for (end, code) in [("/", 400), ("//", 400), ("/%2F", 400), ("/%", 400), ("/kept/status/x", 404)] {
        assert_eq!(ask(http::Method::DELETE, &format!("{CONFIG_MAPS}{end}")).await, code, "{end}");
    }
    assert_eq!(ask(http::Method::HEAD, &format!("{CONFIG_MAPS}/kept")).await, 405);
    assert_eq!(ask(http::Method::GET, &format!("{CONFIG_MAPS}/kept")).await, 200);
}

#[tokio::test(start_paused = true)]
async fn who_sends_a_body_that_nobody_reads_is_answered_at_once() {
    let server = server();
    let (mut sender, _served) = h2(&server).await;
    let begun = Instant::now();
    for (method, path, code) in [("GET", CONFIG_MAPS, 200), ("POST", "http://a.b/version", 405), ("GET", "http://a.b/apis", 200)]
    {
        let body: Sent = Full::from(vec![b' '; 2 << 20]).boxed();
        let sent = sender.send_request(Request::builder().method(method).uri(path).body(body).unwrap()).await.unwrap();
        assert_eq!(read(sent).await, code, "{path}");
        let mut stalls = stalling(path, 300 << 10);
        *stalls.method_mut() = method.parse().unwrap();
        assert_eq!(read(sender.send_request(stalls).await.unwrap()).await, code, "{path}");
    }
    assert!(begun.elapsed().is_zero());
}
