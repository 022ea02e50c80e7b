//! Watches over WebSocket.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::harness::{CONFIG_MAPS, Caller, server};
use crate::listening::Listening;

type Client = WebSocketStream<TcpStream>;

/// Watches ConfigMaps, offering `protocols`.
async fn watch(listening: &Listening, query: &str, protocols: &'static str) -> Result<(Client, Response), Error> {
    let mut request = format!("ws://{}{CONFIG_MAPS}?watch=true{query}", listening.address).into_client_request().unwrap();
    if !protocols.is_empty() {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(protocols));
    }
    tokio_tungstenite::client_async(request, TcpStream::connect(listening.address).await.unwrap()).await
}

/// The next event, which is a message of its own; `None` after a farewell.
async fn event(client: &mut Client) -> Option<Value> {
    match client.next().await.unwrap().unwrap() {
        Message::Text(text) => Some(serde_json::from_str(&text).unwrap()),
        Message::Close(close) => {
            assert_eq!(close.unwrap().code, CloseCode::Normal);
            None
        }
        other => panic!("{other:?}"),
    }
}

fn told(event: &Value) -> String {
    format!("{} {}", event["type"].as_str().unwrap(), event["object"]["metadata"]["name"].as_str().unwrap())
}

#[tokio::test]
async fn each_event_is_a_message_of_text_and_the_last_is_a_farewell() {
    let listening = Listening::plain(server()).await;
    let caller = Caller(listening.server.clone());
    caller.config_map("a", "1").await;
    caller.create(CONFIG_MAPS, r#"{"metadata":{"name":"b"},"data":{"k":"two\nlines"}}"#).await;
    let (mut client, _) = watch(&listening, "&timeoutSeconds=1", "").await.unwrap();
    let first = [event(&mut client).await.unwrap(), event(&mut client).await.unwrap()];
    assert_eq!(first.each_ref().map(told), ["ADDED a", "ADDED b"]);
    caller.config_map("c", "1").await;
    assert_eq!(told(&event(&mut client).await.unwrap()), "ADDED c");
    let end = tokio::time::timeout(Duration::from_secs(10), event(&mut client)).await;
    assert_eq!(end.expect("the watch times out"), None);
}

#[tokio::test]
async fn a_browser_is_answered_with_a_protocol_of_its_own_which_changes_nothing() {
    let listening = Listening::plain(server()).await;
    Caller(listening.server.clone()).config_map("a", "1").await;
    let protocols = "base64url.bearer.authorization.k8s.io.dG9rZW4, base64.binary.k8s.io, other";
    let (mut client, response) = watch(&listening, "", protocols).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "base64.binary.k8s.io");
    assert_eq!(told(&event(&mut client).await.unwrap()), "ADDED a");
}

#[tokio::test]
async fn a_watch_that_is_refused_stays_http_and_an_ordinary_list_too() {
    let listening = Listening::plain(server()).await;
    let refused = watch(&listening, "&labelSelector=%21%21", "").await.unwrap_err();
    assert!(matches!(&refused, Error::Http(response) if response.status() == StatusCode::BAD_REQUEST), "{refused}");
    let request = format!("ws://{}{CONFIG_MAPS}", listening.address).into_client_request().unwrap();
    let tcp = TcpStream::connect(listening.address).await.unwrap();
    let refused = tokio_tungstenite::client_async(request, tcp).await.unwrap_err();
    assert!(matches!(&refused, Error::Http(response) if response.status() == StatusCode::OK), "{refused}");
}

/// Whether a watch is under way.
fn watches(listening: &Listening) -> bool {
    let figures = listening.server.metrics().text();
    let lines = figures.lines().filter(|line| line.starts_with("apiserver_longrunning_requests{") && line.contains("WATCH"));
    { lines }.any(|line| !line.ends_with(" 0"))
}

#[tokio::test]
async fn a_watch_ends_with_its_client_and_with_the_server() {
    let listening = Listening::plain(server()).await;
    Caller(listening.server.clone()).config_map("a", "1").await;
    let (mut client, _) = watch(&listening, "", "").await.unwrap();
    event(&mut client).await.unwrap();
    assert!(watches(&listening));
    client.send(Message::Close(None)).await.unwrap();
    let gone = async {
        while watches(&listening) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the watch ends with its client");
    let (mut other, _) = watch(&listening, "", "").await.unwrap();
    event(&mut other).await.unwrap();
    listening.stop.cancel();
    let rest = tokio::time::timeout(Duration::from_secs(4), other.collect::<Vec<_>>()).await;
    assert!(rest.expect("the server ends it").iter().all(|message| !matches!(message, Ok(Message::Text(_)))));
}
