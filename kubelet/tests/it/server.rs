//! Logs and exec through the kubelet's paths, as kubectl's protocols have them.

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::docker::TestDocker;
use super::pods::{Node, container, is_ready};

async fn get(address: &str, path: &str) -> (u16, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::builder().uri(path).header("host", address).body(Empty::<Bytes>::new()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let code = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (code, String::from_utf8_lossy(&body).into_owned())
}

/// Runs a command over `protocol` with `input`; answers what it wrote and its status.
async fn exec(address: &str, protocol: &str, command: &str, input: &[u8]) -> (String, Value) {
    let url = format!("ws://{address}/exec/default/web/web?command=/bin/sh&command=-c&command={command}&stdin=true&stdout=true");
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, answer) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], protocol);
    socket.send(Message::Binary([&[0], input].concat().into())).await.unwrap();
    if protocol.starts_with("v5") {
        socket.send(Message::Binary(vec![255, 0].into())).await.unwrap();
    }
    let (mut output, mut status) = (String::new(), Value::Null);
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Binary(bytes) = message {
            match bytes.split_first() {
                Some((1, text)) => output.push_str(&String::from_utf8_lossy(text)),
                Some((3, text)) => status = serde_json::from_slice(text).unwrap(),
                _ => {}
            }
        }
    }
    (output, status)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_and_exec_are_served() {
    let Some(docker) = TestDocker::new() else { return };
    let mut node = Node::start(&docker.node, docker.folder.path().into(), docker.runtime.clone()).await;
    let script = "echo one; echo two; echo three; trap 'exit 0' TERM; while true; do sleep 0.1; done";
    node.put(node.manifest("web", json!({"containers": [container("web", script)]})));
    node.until("web", "a ready pod", is_ready).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let routes = node.routes();
    tokio::spawn(async move { axum::serve(listener, routes).await });

    assert_eq!(get(&address, "/healthz").await, (200, "ok".into()));
    assert_eq!(get(&address, "/containerLogs/default/web/web").await, (200, "one\ntwo\nthree\n".into()));
    assert_eq!(get(&address, "/containerLogs/default/web/web?tailLines=1").await.1, "three\n");
    assert_eq!(get(&address, "/containerLogs/default/web/web?limitBytes=5").await.1, "one\nt");
    let stamped = get(&address, "/containerLogs/default/web/web?timestamps=true&tailLines=1").await.1;
    assert!(stamped.starts_with("20") && stamped.ends_with("Z three\n"), "{stamped}");
    assert_eq!(get(&address, "/containerLogs/default/web/web?previous=true").await.0, 400);

    let (output, status) = exec(&address, "v5.channel.k8s.io", "cat", b"through and back").await;
    assert_eq!((output.as_str(), &status["status"]), ("through and back", &json!("Success")));
    let (_, status) = exec(&address, "v4.channel.k8s.io", "exit%207", b"").await;
    assert_eq!(status["details"]["causes"][0], json!({"reason": "ExitCode", "message": "7"}));
    node.halt().await;
}
