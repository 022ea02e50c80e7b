//! The cluster's key is rotated under load, and keys of the past are destroyed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use kontiki_runtime::client::http::{HttpClient, HttpConfig};
use serde_json::{Value, json};

use super::masters::{Masters, ask, call, members};

const SECRETS: &str = "/api/v1/namespaces/default/secrets";
/// What nobody may read on disk: in the clear, and as the API shows it.
const HUSH: [&str; 2] = ["correct-horse-battery-staple", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ=="];

/// Writes Secrets until told to stop; every one of them must be taken.
async fn write(config: HttpConfig, stop: Arc<AtomicBool>) -> usize {
    let http = HttpClient::new(&config).unwrap();
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        let object = json!({"metadata": {"name": format!("s-{count}")}, "data": {"k": HUSH[1]}}).to_string();
        let answer = call(&http, Method::POST, SECRETS, &object).await;
        assert_eq!(answer.as_ref().map(|(code, _)| *code), Some(201), "{answer:?}");
        count += 1;
    }
    count
}

/// A file below `folder` that holds what nobody may read.
fn in_the_clear(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries.into_iter().find_map(|entry| {
        if entry.path().is_dir() {
            return in_the_clear(&entry.path());
        }
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        HUSH.iter().any(|text| holds(text)).then(|| entry.path().display().to_string())
    })
}

async fn known(masters: &Masters, at: usize) -> Value {
    ask(&masters.only(at), Method::GET, "/kontiki/v1/keys", "").await.unwrap().1["known"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clusters_key_is_rotated_while_secrets_are_written() {
    let mut masters = Masters::three().await;
    let leader = masters.leader().await;
    let config = masters.only(leader);
    let object = json!({"metadata": {"name": "first"}, "data": {"k": HUSH[1]}}).to_string();
    let (_, first) = ask(&config, Method::POST, SECRETS, &object).await.unwrap();
    assert_eq!(ask(&config, Method::DELETE, &format!("{SECRETS}/first"), "").await.unwrap().0, 200);
    let stop = Arc::<AtomicBool>::default();
    let writing: Vec<_> = [leader].map(|at| tokio::spawn(write(masters.only(at), stop.clone()))).into();
    let told = masters.kontiki(leader, &["key", "rotate"]);
    assert!(told.contains("sealed under key 2") && told.contains("destroyed on all masters"), "{told}");
    stop.store(true, Ordering::Relaxed);
    for writer in writing {
        assert!(writer.await.unwrap() > 0);
    }
    for at in 0..3 {
        assert_eq!(known(&masters, at).await, json!([2]), "master {at}");
        assert_eq!(in_the_clear(&masters.data(at)), None, "master {at}");
    }
    // History opens, who joins later has the key, who restarts too, and it goes on.
    let past = format!(
        "{SECRETS}/first?resourceVersionMatch=Exact&resourceVersion={}",
        first["metadata"]["resourceVersion"].as_str().unwrap()
    );
    assert_eq!(ask(&config, Method::GET, &past, "").await.unwrap().1["data"]["k"], HUSH[1]);
    let new = masters.join(leader).await;
    masters.until("it follows", |status| members(status).any(|one| one["id"] == json!(new + 1) && one["lag"] == 0)).await;
    assert_eq!(known(&masters, new).await, json!([2]));
    let follower = (leader + 1) % 3;
    masters.kill(follower);
    let refused = masters.try_kontiki(leader, &["key", "rotate"]);
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains(&format!("master {}", follower + 1)) && why.contains("start it, or remove it"), "{why}");
    masters.start(follower);
    masters.ready(follower).await;
    assert!(masters.kontiki(follower, &["key", "rotate"]).contains("sealed under key"));
    assert_eq!(ask(&masters.only(new), Method::GET, &format!("{SECRETS}/s-0"), "").await.unwrap().1["data"]["k"], HUSH[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_whose_past_was_destroyed_says_so() {
    let masters = Masters::three().await;
    let config = masters.only(masters.leader().await);
    let mut revisions = Vec::new();
    for (method, path, name) in [(Method::POST, SECRETS.to_owned(), "old"), (Method::PUT, format!("{SECRETS}/s"), "new")] {
        let object = json!({"metadata": {"name": "s"}, "stringData": {"k": name}}).to_string();
        let (_, written) = ask(&config, method, &path, &object).await.unwrap();
        revisions.push(written["metadata"]["resourceVersion"].as_str().unwrap().to_owned());
    }
    let told = masters.kontiki(1, &["key", "destroy", "default/s"]);
    assert!(told.contains(&format!("before revision {}", revisions[1])) && told.lines().count() == 1, "{told}");
    for at in 0..3 {
        let past = |revision: &str| format!("{SECRETS}/s?resourceVersionMatch=Exact&resourceVersion={revision}");
        let (code, refusal) = ask(&masters.only(at), Method::GET, &past(&revisions[0]), "").await.unwrap();
        assert!(code == 410 && refusal["message"].as_str().unwrap().contains("was destroyed"), "{refusal}");
        assert_eq!(ask(&masters.only(at), Method::GET, &past(&revisions[1]), "").await.unwrap().0, 200, "the present stays");
        let (_, changes) = ask(&masters.only(at), Method::GET, &format!("{SECRETS}/s?history=true"), "").await.unwrap();
        assert_eq!(changes["items"][1]["destroyed"], true, "{changes}");
        assert!(changes["items"][1]["object"].is_null() && changes["items"][1]["user"]["username"].is_string(), "{changes}");
    }
}

/// A token of the account that every namespace has, from the master `at`.
async fn token(masters: &Masters, at: usize) -> String {
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let (code, answer) = ask(&masters.only(at), Method::POST, path, r#"{"spec": {"expirationSeconds": 3600}}"#).await.unwrap();
    assert_eq!(code, 201, "{answer}");
    answer["status"]["token"].as_str().unwrap().to_owned()
}

/// What each of `masters` answers whoever shows `token`.
async fn answers(masters: &Masters, all: &[usize], token: &str) -> Vec<u16> {
    let mut codes = Vec::new();
    for at in all {
        let config = HttpConfig { token: Some(token.to_owned()), client_pem: None, ..masters.only(*at) };
        codes.push(ask(&config, Method::GET, "/version", "").await.unwrap().0);
    }
    codes
}

/// The names of the keys by which the master `at` verifies.
async fn published(masters: &Masters, at: usize) -> Vec<String> {
    let (_, keys) = ask(&masters.only(at), Method::GET, "/openid/v1/jwks", "").await.unwrap();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_signed_under_a_new_key_and_older_ones_hold_until_they_are_forgotten() {
    let mut masters = Masters::three().await;
    masters.until_read("/api/v1/namespaces/default/serviceaccounts/default", |found| found["kind"] == "ServiceAccount").await;
    let annotations = json!({"kubernetes.io/service-account.name": "default"});
    let secret = json!({
        "metadata": {"name": "lasting", "annotations": annotations}, "type": "kubernetes.io/service-account-token",
    });
    assert_eq!(ask(&masters.only(0), Method::POST, SECRETS, &secret.to_string()).await.unwrap().0, 201);
    let lasting = format!("{SECRETS}/lasting");
    masters.until_read(&lasting, |found| found["data"]["token"].is_string()).await;
    let old = token(&masters, 0).await;
    let first = published(&masters, 0).await;
    let told = masters.kontiki(1, &["key", "rotate-tokens"]);
    let keys = published(&masters, 0).await;
    assert!(keys.len() == 2 && keys[1..] == first && told.contains(&keys[0]) && told.contains("still hold"), "{told} {keys:?}");
    // Who joins and who starts again signs and verifies as the others do.
    let joined = masters.join(0).await;
    masters.kill(2);
    masters.start(2);
    masters.ready(2).await;
    let all = [0, 1, 2, joined];
    for at in all {
        assert_eq!(published(&masters, at).await, keys, "master {at}");
        let new = token(&masters, at).await;
        assert_eq!(answers(&masters, &all, &new).await, [200; 4], "a token of master {at}");
    }
    assert_eq!(answers(&masters, &all, &old).await, [200; 4]);
    let new = token(&masters, 0).await;
    let before = ask(&masters.only(0), Method::GET, &lasting, "").await.unwrap().1["data"]["token"].clone();
    let told = masters.kontiki(0, &["key", "rotate-tokens", "--forget"]);
    assert!(told.contains("Secrets given a new token: ") && !told.trim_end().ends_with(": 0"), "{told}");
    assert_eq!((answers(&masters, &all, &old).await, answers(&masters, &all, &new).await), (vec![401; 4], vec![200; 4]));
    masters.until_read(&lasting, |found| found["data"]["token"].is_string() && found["data"]["token"] != before).await;
    assert!(masters.kontiki(0, &["key", "rotate-tokens", "--forget"]).trim_end().ends_with(": 0"), "nothing older is left");
}

/// The names of the keys by which each of `masters` verifies, in no order.
async fn all_published(masters: &Masters, all: &[usize]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for at in all {
        let mut keys = published(masters, *at).await;
        keys.sort();
        found.push(keys);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_rotations_of_token_keys_at_once_no_master_loses_a_key() {
    let masters = Masters::three().await;
    masters.until_read("/api/v1/namespaces/default/serviceaccounts/default", |found| found["kind"] == "ServiceAccount").await;
    let old = token(&masters, 0).await;
    std::thread::scope(|scope| {
        for at in [0, 1] {
            let masters = &masters;
            scope.spawn(move || assert!(masters.kontiki(at, &["key", "rotate-tokens"]).contains("still hold")));
        }
    });
    let keys = all_published(&masters, &[0, 1, 2]).await;
    assert!(keys[0].len() == 3 && keys[1..] == [keys[0].clone(), keys[0].clone()], "{keys:?}");
    for at in 0..3 {
        let new = token(&masters, at).await;
        assert_eq!(answers(&masters, &[0, 1, 2], &new).await, [200; 3], "a token of master {at}");
    }
    assert_eq!(answers(&masters, &[0, 1, 2], &old).await, [200; 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_of_token_keys_whose_leader_is_killed_leaves_tokens_that_hold() {
    let mut masters = Masters::three().await;
    masters.until_read("/api/v1/namespaces/default/serviceaccounts/default", |found| found["kind"] == "ServiceAccount").await;
    let leader = masters.leader().await;
    let rest: Vec<usize> = (0..3).filter(|at| *at != leader).collect();
    let before = token(&masters, rest[0]).await;
    let first = published(&masters, rest[0]).await;
    // Stopped, the follower that is asked last keeps the rotation between its steps until the leader is gone.
    masters.signal(rest[1], "-STOP");
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| masters.try_kontiki(leader, &["key", "rotate-tokens"]));
        let reached = || std::fs::read_to_string(masters.data(rest[0]).join("pki/sa.key")).unwrap_or_default();
        let start = std::time::Instant::now();
        while reached().matches("BEGIN").count() < 2 && start.elapsed() < super::masters::LIMIT {
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
        masters.signal(leader, "-KILL");
        assert!(!asking.join().unwrap().status.success());
    });
    masters.kill(leader);
    masters.signal(rest[1], "-CONT");
    masters.leader().await;
    let keys = published(&masters, rest[0]).await;
    assert!(keys.len() == 2 && keys[..1] == first, "it has not broken off between its steps: {keys:?}");
    for at in &rest {
        let token = token(&masters, *at).await;
        assert_eq!(answers(&masters, &rest, &token).await, [200; 2], "a token of master {at}");
    }
    masters.start(leader);
    masters.ready(leader).await;
    let told = masters.kontiki(leader, &["key", "rotate-tokens"]);
    assert!(told.contains("still hold"), "{told}");
    for at in 0..3 {
        let new = token(&masters, at).await;
        assert_eq!(answers(&masters, &[0, 1, 2], &new).await, [200; 3], "a token of master {at}");
    }
    assert_eq!(answers(&masters, &[0, 1, 2], &before).await, [200; 3]);
}
