//! A write whose leader falls silent.

use std::time::Instant;

use http::Method;
use kontiki_runtime::client::http::HttpClient;
use serde_json::{Value, json};

use super::masters::{LIMIT, Masters, call};

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

fn configmap(revision: &str) -> String {
    json!({"metadata": {"name": "c", "resourceVersion": revision}, "data": {"a": "b"}}).to_string()
}

/// Replaces what has long been changed: every leader refuses it.
async fn replace(client: &HttpClient) -> (u16, Value) {
    call(client, Method::PUT, &format!("{CONFIGMAPS}/c"), &configmap("1")).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_behind_a_copy_that_was_never_answered_is_told_as_an_unknown_outcome() {
    let masters = Masters::three().await;
    let leader = masters.leader().await;
    let made = call(&HttpClient::new(&masters.only(leader)).unwrap(), Method::POST, CONFIGMAPS, &configmap("")).await;
    assert_eq!(made.as_ref().map(|(code, _)| *code), Some(201), "{made:?}");
    let start = Instant::now();
    loop {
        let leader = masters.leader().await;
        let client = HttpClient::new(&masters.only((leader + 1) % 3)).unwrap();
        let (code, told) = replace(&client).await;
        assert_eq!(code, 409, "{told}");
        masters.signal(leader, "-STOP");
        let (code, told) = replace(&client).await;
        masters.signal(leader, "-CONT");
        if code == 504 {
            let message = told["message"].as_str().unwrap_or_default();
            assert!(message.contains("is not known"), "{told}");
            return;
        }
        // Where another led before the write was sent, nothing is in doubt.
        assert_eq!(code, 409, "{told}");
        assert!(start.elapsed() < LIMIT, "no write was on its way when the leader fell silent");
    }
}
