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
    let path = format!("exec/default/web/web?command=/bin/sh&command=-c&command={command}&stdin=true&stdout=true");
    converse(address, protocol, &path, input).await
}

/// Sends `input` to a stream of the pod and reads it to its end.
async fn converse(address: &str, protocol: &str, path: &str, input: &[u8]) -> (String, Value) {
    let url = format!("ws://{address}/{path}");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attach_and_port_forward_reach_into_pods_in_docker() {
    let Some(docker) = TestDocker::new() else { return };
    let mut node = Node::start(&docker.node, docker.folder.path().into(), docker.runtime.clone()).await;
    let mut reader = container(
        "web",
        "mkdir /www; echo -n page > /www/index.html; httpd -p 127.0.0.1:8080 -h /www; read line; echo \"got $line\"",
    );
    reader["stdin"] = json!(true);
    reader["readinessProbe"] = json!({"exec": {"command": ["wget", "-qO-", "http://127.0.0.1:8080/"]}, "periodSeconds": 1});
    node.put(node.manifest("web", json!({"containers": [reader], "restartPolicy": "Never"})));
    node.until("web", "a ready pod", is_ready).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let routes = node.routes();
    tokio::spawn(async move { axum::serve(listener, routes).await });

    let request = b"GET / HTTP/1.0\r\n\r\n";
    let answer = forwarded(&address, request).await;
    assert!(answer.starts_with("HTTP/1.") && answer.ends_with("page"), "{answer}");
    let (output, status) =
        converse(&address, "v4.channel.k8s.io", "attach/default/web/web?stdin=true&stdout=true", b"a line\n").await;
    assert_eq!((output.as_str(), &status["status"]), ("got a line\n", &json!("Success")));
    node.until("web", "its end", |pod| pod["status"]["phase"] == "Succeeded").await;
    node.halt().await;
}

/// What port 8080 of the pod answers to `input`, and that port 9 says why it does not.
async fn forwarded(address: &str, input: &[u8]) -> String {
    let mut request = format!("ws://{address}/portForward/default/web?ports=8080,9").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "v4.channel.k8s.io".parse().unwrap());
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    socket.send(Message::Binary([&[0], input].concat().into())).await.unwrap();
    let mut channels = vec![Vec::new(); 4];
    while !(channels[0].ends_with(b"page") && channels[3].len() > 2) {
        match socket.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => channels[usize::from(bytes[0])].extend_from_slice(&bytes[1..]),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((&channels[0][..2], &channels[2][..]), (&8080_u16.to_le_bytes()[..], &9_u16.to_le_bytes()[..]));
    let refusal = String::from_utf8_lossy(&channels[3][2..]).into_owned();
    assert!(refusal.contains("failed to connect to localhost:9 inside the pod"), "{refusal}");
    String::from_utf8_lossy(&channels[0][2..]).into_owned()
}
