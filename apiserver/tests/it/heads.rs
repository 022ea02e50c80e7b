//! Headers of requests, and the time that a request gives itself.

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{CONFIG_MAPS, server};
use crate::listening::Listening;

/// The code of a request with so many headers of so many bytes each.
async fn code(listening: &Listening, version: Version, headers: usize, bytes: usize) -> u16 {
    let client = Client::builder(TokioExecutor::new()).http2_only(version == Version::HTTP_2).build_http::<Empty<Bytes>>();
    let mut request = Request::builder().uri(format!("http://{}{CONFIG_MAPS}", listening.address));
    for _ in 0..headers {
        request = request.header("x-group", "x".repeat(bytes));
    }
    client.request(request.body(Empty::new()).unwrap()).await.map_or(0, |response| response.status().as_u16())
}

#[tokio::test]
async fn users_of_many_groups_fit_into_the_headers() {
    let listening = Listening::plain(server()).await;
    for version in [Version::HTTP_11, Version::HTTP_2] {
        assert_eq!(code(&listening, version, 900, 20).await, 200, "{version:?}");
        assert_eq!(code(&listening, version, 30, 10_000).await, 200, "{version:?}");
        assert_ne!(code(&listening, version, 100, 10_000).await, 200, "{version:?}");
    }
}

/// The answer to a request whose body never comes.
async fn answer(listening: &Listening, query: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let head = "Host: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\nConnection: close";
    stream.write_all(format!("POST {CONFIG_MAPS}?{query} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut answer).await {
        let text = String::from_utf8_lossy(&answer).into_owned();
        let whole = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
        if let Some(body) = whole {
            return (text[9..12].parse().unwrap(), body);
        }
    }
    panic!("no answer: {}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_request_ends_when_the_time_that_it_gave_itself_does() {
    let listening = Listening::plain(server()).await;
    let (code, status) = answer(&listening, "timeout=10ms").await;
    assert_eq!((code, &status["reason"]), (504, &"Timeout".into()));
    let (code, status) = answer(&listening, "timeout=soon").await;
    let why = "invalid timeout specified in the request URL - time: invalid duration \"soon\"";
    assert_eq!((code, &status["message"]), (400, &why.into()));
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let uri = format!("http://{}{CONFIG_MAPS}?watch=true&timeoutSeconds=1&timeout=soon", listening.address);
    let watch = client.request(Request::get(uri).body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(watch.status(), 200, "a watch has a time of its own");
}
