//! A backup of three masters becomes three masters again.

use http::Method;
use serde_json::{Value, json};

use super::masters::{Masters, ask, members};

const SECRETS: &str = "/api/v1/namespaces/default/secrets";

fn voters(status: &Value) -> usize {
    members(status).filter(|one| one["voter"] == true).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn masters_join_a_cluster_that_was_restored() {
    let masters = Masters::three().await;
    let config = masters.only(masters.leader().await);
    let object = json!({"metadata": {"name": "kept"}, "data": {"k": "aHVzaA=="}}).to_string();
    let (_, kept) = ask(&config, Method::POST, SECRETS, &object).await.unwrap();
    masters.until("all hold it", |status| members(status).all(|one| one["lag"] == 0)).await;
    let place = tempfile::tempdir().unwrap();
    let (file, passphrase) = (place.path().join("backup"), place.path().join("passphrase"));
    std::fs::write(&passphrase, "correct horse").unwrap();
    // Any master will do.
    masters.kontiki(2, &["backup", &file.to_string_lossy(), "--passphrase-file", &passphrase.to_string_lossy()]);
    assert_eq!(ask(&config, Method::DELETE, &format!("{SECRETS}/kept"), "").await.unwrap().0, 200);
    drop(masters);

    let mut masters = Masters::restored(&file, &passphrase).await;
    for _ in 0..2 {
        masters.join(0).await;
    }
    masters.until("three vote", |status| voters(status) == 3).await;
    masters.until("all hold everything", |status| members(status).all(|one| one["lag"] == 0)).await;
    let revision = kept["metadata"]["resourceVersion"].as_str().unwrap();
    let past = format!("{SECRETS}/kept?resourceVersionMatch=Exact&resourceVersion={revision}");
    for at in 0..3 {
        let (_, found) = ask(&masters.only(at), Method::GET, &format!("{SECRETS}/kept"), "").await.unwrap();
        assert_eq!(found["data"]["k"], "aHVzaA==", "master {at}");
        assert_eq!(ask(&masters.only(at), Method::GET, &past, "").await.unwrap().0, 200, "master {at} lacks the past");
    }
    masters.kill(0);
    let object = json!({"metadata": {"name": "after"}}).to_string();
    let answer = ask(&masters.only(masters.leader().await), Method::POST, SECRETS, &object).await;
    assert_eq!(answer.map(|(code, _)| code), Some(201));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_says_what_of_the_past_is_kept() {
    let masters = Masters::three_with(&["--history-age", "36h"]).await;
    let config = masters.only(masters.leader().await);
    let object = json!({"metadata": {"name": "s"}}).to_string();
    assert_eq!(ask(&config, Method::POST, SECRETS, &object).await.unwrap().0, 201);
    let told = masters.kontiki(1, &["status"]);
    let line = told.lines().find(|line| line.starts_with("history")).unwrap_or_else(|| panic!("{told}"));
    for part in ["from revision 0 (the beginning)", "bytes on disk", "at most 36h", "2147483648 bytes"] {
        assert!(line.contains(part), "{part:?} is missing: {line}");
    }
    let (_, found) = ask(&config, Method::GET, "/kontiki/v1/status", "").await.unwrap();
    assert_eq!(ask(&config, Method::GET, &format!("{SECRETS}?history=true"), "").await.unwrap().1["oldest"]["time"], Value::Null);
    assert!(found["keptBytes"].as_u64() > Some(0), "{found}");

    // What is forgotten is said once, by any master, and holds on all.
    let told = masters.kontiki(2, &["history", "forget", "secrets", "widgets.example.com"]);
    assert!(
        told.contains("secrets is kept for five minutes") && told.contains("widgets.example.com") && told.contains("is that"),
        "{told}"
    );
    let refused = masters.try_kontiki(1, &["history", "forget", "Secrets"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is no kind"), "{refused:?}");
    masters.until("all hold it", |status| members(status).all(|one| one["lag"] == 0)).await;
    for at in 0..3 {
        let told = masters.kontiki(at, &["status"]);
        assert!(told.contains("forgotten  secrets, widgets.example.com:"), "{told}");
    }
    masters.kontiki(0, &["history", "keep", "widgets.example.com", "secrets"]);
    masters.until("all is kept", |status| status["forgotten"] == json!([])).await;
}
