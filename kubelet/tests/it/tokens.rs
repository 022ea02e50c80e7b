//! Projected tokens are written anew in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use kontiki_kubelet::runtime::SimulatedRuntime;
use kontiki_runtime::client::{Answer, Client, Feed, Interest};
use kontiki_runtime::clock::{Clock, SystemClock};
use kontiki_runtime::testing::MemoryClient;
use serde_json::{Value, json};

use super::images::BUSYBOX;
use super::pods::{Node, container};

/// A cluster whose tokens are numbered and last two seconds.
struct Issuer {
    cluster: MemoryClient,
    issued: AtomicU32,
}

#[async_trait]
impl Client for Issuer {
    async fn call(&self, request: Request) -> Result<Answer, Status> {
        if &*request.target.subresource != "token" {
            return self.cluster.call(request).await;
        }
        let asked: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(asked["spec"]["audiences"], json!(["vault"]));
        assert_eq!(asked["spec"]["boundObjectRef"]["name"], "web");
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let expires = SystemClock::default().now().plus(Duration::from_secs(2));
        let body = json!({"status": {"token": format!("token-{number}"), "expirationTimestamp": expires.micros()}});
        Ok(Answer { code: 201, body: Bytes::from(body.to_string()), object: None, revision: None })
    }

    fn feed(&self, interest: Interest) -> BoxStream<'static, Feed> {
        self.cluster.feed(interest)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_replaced_before_it_expires() {
    let images = [BUSYBOX, kontiki_kubelet::images::PAUSE.name].map(String::from);
    let runtime = Arc::new(SimulatedRuntime::new(images, Arc::new(SystemClock::default())));
    let folder = tempfile::tempdir().unwrap();
    let cluster = MemoryClient::default();
    let issuer = Arc::new(Issuer { cluster: cluster.clone(), issued: AtomicU32::new(0) });
    let mut node = Node::start_with("sim", folder.path().into(), runtime, "", cluster, issuer).await;
    let token = json!({"serviceAccountToken": {"audience": "vault", "path": "token", "expirationSeconds": 600}});
    let mut pod = node.manifest(
        "web",
        json!({"containers": [container("c", "sleep 1000")], "volumes": [{"name": "t", "projected": {"sources": [token]}}]}),
    );
    pod["metadata"]["uid"] = json!("u1");
    node.put(pod);
    let path = folder.path().join("pods/u1/volumes/t/token");
    let read = || std::fs::read_to_string(&path).unwrap_or_default();
    node.eventually("the first token", || read() == "token-0").await;
    node.eventually("a token that was renewed twice", || read() == "token-2").await;
    node.halt().await;
}
