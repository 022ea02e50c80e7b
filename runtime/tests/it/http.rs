//! The client over HTTP, against a server that answers from a script.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kontiki_api::meta::Revision;
use kontiki_api::request::{Cause, Request, Target, User, Verb};
use kontiki_api::status::Reason;
use kontiki_runtime::client::http::{HttpClient, HttpConfig};
use kontiki_runtime::client::{Client, Feed, Interest, Selection};
use parking_lot::Mutex;

type Script = Arc<Mutex<Vec<(&'static str, u16, &'static str)>>>;

/// Answers each request by the first line of the script whose start the path has, and takes that line away.
async fn serve(script: &[(&'static str, u16, &'static str)]) -> HttpClient {
    let script: Script = Arc::new(Mutex::new(script.to_vec()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let script = Arc::clone(&script);
            let service = service_fn(move |request: http::Request<Incoming>| {
                let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
                let mut script = script.lock();
                let found = script.iter().position(|(start, ..)| path.starts_with(start)).map(|at| script.remove(at));
                let (_, code, body) = found.unwrap_or(("", 404, "not in the script"));
                let answer = http::Response::builder().status(code).body(Full::new(Bytes::from(body)));
                async move { Ok::<_, Infallible>(answer.expect("an answer")) }
            });
            let serving = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            tokio::spawn(async move { serving.serve_connection(TokioIo::new(stream), service).await.is_ok() });
        }
    });
    HttpClient::new(&HttpConfig { server, ..HttpConfig::default() }).expect("a client")
}

fn config_maps() -> Interest {
    Interest::Some(vec![Selection { resource: "configmaps".into(), api_version: "v1".into(), fields: "metadata.name=a".into() }])
}

#[tokio::test]
async fn a_feed_lists_pages_watches_and_lists_again_when_the_revision_has_expired() {
    let client = serve(&[
        (
            "/api/v1/configmaps?limit=500&continue=next",
            200,
            r#"{"kind":"ConfigMapList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"b","resourceVersion":"4"}}]}"#,
        ),
        (
            "/api/v1/configmaps?limit=500",
            200,
            r#"{"kind":"ConfigMapList","metadata":{"resourceVersion":"7","continue":"next"},"items":[{"metadata":{"name":"a","resourceVersion":"3"}}]}"#,
        ),
        (
            "/api/v1/configmaps?allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=300&fieldSelector=metadata.name%3Da&watch=true",
            200,
            "{\"type\":\"ADDED\",\"object\":{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"resourceVersion\":\"8\"}}}\n\
             {\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n",
        ),
        (
            "/api/v1/configmaps?allowWatchBookmarks=true&resourceVersion=9",
            410,
            r#"{"kind":"Status","reason":"Expired","message":"too old","code":410}"#,
        ),
        ("/api/v1/configmaps?limit=500", 200, r#"{"kind":"ConfigMapList","metadata":{"resourceVersion":"20"},"items":[]}"#),
    ])
    .await;
    let told: Vec<Feed> = client.feed(config_maps()).take(4).collect().await;
    let Feed::Snapshot { revision: Revision(7), objects, .. } = &told[0] else { panic!("{:?}", told[0]) };
    assert_eq!(objects.iter().map(|object| &*object.key.name).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(objects[0].to_value()["kind"], "ConfigMap");
    assert!(matches!(&told[1], Feed::Changes { revision: Revision(8), .. }), "{:?}", told[1]);
    assert!(matches!(&told[2], Feed::Progress { revision: Revision(9), .. }), "{:?}", told[2]);
    assert!(matches!(&told[3], Feed::Snapshot { revision: Revision(20), .. }), "{:?}", told[3]);
}

#[tokio::test]
async fn a_refusal_is_told_as_the_status_it_is() {
    let refusal = r#"{"kind":"Status","reason":"AlreadyExists","message":"configmaps \"a\" already exists","code":409}"#;
    let client = serve(&[("/api/v1/namespaces/ns/configmaps", 409, refusal)]).await;
    let target = Target { version: "v1".into(), plural: "configmaps".into(), namespace: "ns".into(), ..Target::default() };
    let request = Request {
        verb: Verb::Create,
        target,
        query: vec![],
        content_type: "application/json".into(),
        body: Bytes::from_static(b"{}"),
        user: User::default(),
        cause: Cause::Request,
        id: None,
        leader: None,
        agent: "test".into(),
    };
    let status = client.call(request.clone()).await.expect_err("refused");
    assert_eq!((status.reason, &*status.message), (Reason::AlreadyExists, "configmaps \"a\" already exists"));
    let nobody = HttpClient::new(&HttpConfig { server: "http://127.0.0.1:1".into(), ..HttpConfig::default() }).expect("a client");
    let status = nobody.call(request).await.expect_err("nobody listens there");
    assert_eq!(status.reason, Reason::ServiceUnavailable, "nothing was sent: {status}");
}
