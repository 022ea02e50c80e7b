//! Masters change their addresses, one after the other.

use http::Method;
use serde_json::{Value, json};

use super::masters::{Masters, ask, members};

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

/// Whether the members' list names the addresses of the master `at`.
fn lists(status: &Value, at: usize, api: &str, peer: &str) -> bool {
    members(status).any(|one| one["id"] == json!(at + 1) && one["api"] == *api && one["peer"] == *peer && one["lag"] == 0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_has_moved_is_found_at_its_new_address() {
    let mut masters = Masters::three().await;
    let leader = masters.leader().await;
    let follower = (leader + 1) % 3;
    for (at, address) in [(follower, "127.0.1.1"), (leader, "127.0.1.2")] {
        masters.kill(at);
        masters.move_to(at, address);
        masters.start(at);
        masters.ready(at).await;
        let (api, peer) = (masters.api(at), masters.peer(at));
        masters.until("the others know where it is", |status| lists(status, at, &api, &peer)).await;
    }
    // Every master takes writes, by whomever it passes them on.
    for at in 0..3 {
        let object = json!({"metadata": {"name": format!("by-{at}")}}).to_string();
        let answer = ask(&masters.only(at), Method::POST, CONFIGMAPS, &object).await;
        assert_eq!(answer.map(|(code, _)| code), Some(201), "{}", masters.log(at));
    }
    let endpoints = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";
    let addresses: Vec<String> = (0..3).map(|at| masters.api(at).rsplit_once(':').unwrap().0.to_owned()).collect();
    masters
        .until_read(endpoints, |slice| {
            let found =
                slice["endpoints"].as_array().into_iter().flatten().map(|one| one["addresses"][0].as_str().unwrap_or_default());
            let mut found: Vec<&str> = found.collect();
            found.sort_unstable();
            let mut expected: Vec<&str> = addresses.iter().map(String::as_str).collect();
            expected.sort_unstable();
            found == expected
        })
        .await;
}
