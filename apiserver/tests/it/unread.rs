//! Clients that do not read what they asked for.

use std::time::Duration;

use http::Method;
use http_body_util::BodyExt;
use kontiki_apiserver::Server;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::audit::send;
use crate::harness::{CONFIG_MAPS, Caller, config};
use crate::listening::Listening;

/// What a request and then its answer may take.
const LIMIT: Duration = Duration::from_secs(3);
/// More than the sockets between client and server hold.
const MUCH: usize = 24 << 20;
/// A connection of HTTP/2 whose streams have no room at all, and `GET /api/v1/nodes` on the first of them.
const NO_ROOM: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
    \x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\
    \x00\x00\x16\x01\x05\x00\x00\x00\x01\x82\x86\x04\x0d/api/v1/nodes\x01\x03a.b";

async fn listening() -> Listening {
    let mut config = config();
    config.limits.timeout = LIMIT;
    Listening::plain(Server::new(config)).await
}

/// The same with more ConfigMaps than fit between client and server.
async fn filled() -> Listening {
    let listening = listening().await;
    let (caller, size) = (Caller(listening.server.clone()), 512 << 10);
    for at in 0..MUCH / size {
        let body = json!({"metadata": {"name": format!("c{at}")}, "data": {"k": "x".repeat(size)}});
        caller.create(CONFIG_MAPS, &body.to_string()).await;
    }
    listening
}

/// A client that has sent `request`.
async fn asks(listening: &Listening, request: &[u8]) -> TcpStream {
    let mut client = TcpStream::connect(listening.address).await.unwrap();
    client.write_all(request).await.unwrap();
    client
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: a.b\r\n\r\n").into_bytes()
}

/// Whether the figures have a line that begins with `name`, holds `label` and ends with `value`.
async fn figure(listening: &Listening, name: &str, label: &str, value: &str) -> bool {
    let answer = send(listening, Method::GET, "/metrics", &[]).await;
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().any(|line| line.starts_with(name) && line.contains(label) && line.ends_with(value))
}

async fn running(listening: &Listening, count: &str) -> bool {
    figure(listening, "apiserver_current_inflight_requests", "readOnly", count).await
}

async fn watching(listening: &Listening, count: &str) -> bool {
    figure(listening, "apiserver_longrunning_requests", "WATCH", count).await
}

/// Waits until `holds`.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async { while !holds().await {} };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_runs_until_it_is_sent_and_is_given_up_where_nobody_takes_it() {
    let listening = filled().await;
    let mut client = asks(&listening, &get(&format!("{CONFIG_MAPS}?pretty=true"))).await;
    assert_eq!(client.read_u8().await.unwrap(), b'H');
    assert!(running(&listening, " 1").await, "it is not sent");
    until(async || running(&listening, " 0").await).await;
    let mut sent = Vec::new();
    let _ = client.read_to_end(&mut sent).await;
    assert!(sent.len() < MUCH, "{}", sent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_room_is_given_up_with_its_connection() {
    let listening = listening().await;
    let mut client = asks(&listening, NO_ROOM).await;
    let mut kinds = Vec::new();
    while kinds.last() != Some(&1) {
        let mut head = [0; 9];
        client.read_exact(&mut head).await.unwrap();
        let mut rest = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        client.read_exact(&mut rest).await.unwrap();
        kinds.push(head[3]);
    }
    assert!(running(&listening, " 1").await, "its headers are sent, its body is not");
    // Before it would be asked whether it still lives.
    let ended = tokio::time::timeout(LIMIT * 8, client.read_to_end(&mut Vec::new())).await;
    assert!(ended.is_ok(), "the connection is kept");
    until(async || running(&listening, " 0").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_reads_nothing_is_left_and_one_with_nothing_to_read_is_not() {
    let listening = filled().await;
    let quiet = format!("{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dlate");
    let mut quiet = send(&listening, Method::GET, &quiet, &[]).await.into_body();
    let _client = asks(&listening, &get(&format!("{CONFIG_MAPS}?watch=true&resourceVersion=0"))).await;
    until(async || watching(&listening, " 2").await).await;
    until(async || watching(&listening, " 1").await).await;
    Caller(listening.server.clone()).config_map("late", "1").await;
    let told = quiet.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(told.starts_with(br#"{"type":"ADDED""#), "{told:?}");
}
