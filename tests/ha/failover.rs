//! The leader of three masters is killed under load.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Method;
use kontiki_runtime::client::http::{HttpClient, HttpConfig};
use serde_json::json;

use super::masters::{LIMIT, Masters, call, members};
use super::watched::Watched;

/// How often the leader is killed; `KONTIKI_KILLS` sets another number.
const KILLS: usize = 3;
/// Clients that write.
const CLIENTS: usize = 8;

/// What was acknowledged: per name the newest number, and when the newest acknowledgement came.
#[derive(Default)]
struct Acknowledged {
    newest: Mutex<BTreeMap<String, u64>>,
    times: Mutex<Vec<Instant>>,
}

/// Writes ever higher numbers under one name; what is not acknowledged is written again.
async fn write(config: HttpConfig, client: usize, told: Arc<Acknowledged>, stop: Arc<AtomicBool>) {
    let http = HttpClient::new(&config).unwrap();
    let name = format!("writer-{client}");
    let collection = "/api/v1/namespaces/default/configmaps";
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let object =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"number": number.to_string()}});
        let (method, path) = match number {
            0 => (Method::POST, collection.to_owned()),
            _ => (Method::PUT, format!("{collection}/{name}")),
        };
        match call(&http, method, &path, &object.to_string()).await {
            Some((200 | 201, _)) | Some((409, _)) if number == 0 => number += 1,
            Some((200, _)) => {
                told.times.lock().unwrap().push(Instant::now());
                told.newest.lock().unwrap().insert(name.clone(), number);
                number += 1;
            }
            // Not acknowledged: once more, the pace of an impatient client.
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Returns once a Deployment made now has its ReplicaSet, and how long that took since `since`.
async fn reconciled(config: &HttpConfig, name: &str, since: Instant) -> Duration {
    let http = HttpClient::new(config).unwrap();
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "demo"}]}}},
    });
    let path = "/apis/apps/v1/namespaces/default/deployments";
    while !matches!(call(&http, Method::POST, path, &deployment.to_string()).await, Some((201 | 409, _))) {
        assert!(since.elapsed() < LIMIT, "the Deployment is not taken");
    }
    let sets = format!("/apis/apps/v1/namespaces/default/replicasets?labelSelector=app%3D{name}");
    loop {
        let found = call(&http, Method::GET, &sets, "").await;
        let count = found.and_then(|(_, list)| list["items"].as_array().map(Vec::len)).unwrap_or_default();
        if count > 0 {
            assert_eq!(count, 1, "a reconciler acted twice");
            return since.elapsed();
        }
        assert!(since.elapsed() < LIMIT, "no ReplicaSet for {name}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_leader_costs_a_moment_and_no_acknowledged_write() {
    let kills = std::env::var("KONTIKI_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut masters = Masters::three().await;
    let (mut gaps, mut acted) = (Vec::new(), Vec::new());
    let told = Arc::<Acknowledged>::default();
    for round in 0..kills {
        let leader = masters.leader().await;
        let config = masters.config(Some(leader));
        let stop = Arc::<AtomicBool>::default();
        let writers: Vec<_> =
            (0..CLIENTS).map(|client| tokio::spawn(write(config.clone(), client, told.clone(), stop.clone()))).collect();
        told.times.lock().unwrap().clear();
        wait("writes flow", || told.times.lock().unwrap().len() > 50).await;
        let mut watches = Vec::new();
        for at in (0..3).filter(|at| *at != leader) {
            watches.push(Watched::start(masters.only(at)).await);
        }
        masters.kill(leader);
        let killed = Instant::now();
        acted.push(reconciled(&config, &format!("round-{round}"), killed).await);
        wait("writes resume", || told.times.lock().unwrap().iter().any(|at| *at > killed + Duration::from_millis(50))).await;
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        gaps.push(longest_gap(&mut told.times.lock().unwrap()));
        let newest = told.newest.lock().unwrap().clone();
        for (name, number) in &newest {
            let path = format!("/api/v1/namespaces/default/configmaps/{name}");
            let (_, found) = call(&HttpClient::new(&config).unwrap(), Method::GET, &path, "").await.unwrap();
            let found: u64 = found["data"]["number"].as_str().unwrap().parse().unwrap();
            assert!(found >= *number, "{name}: {number} was acknowledged, {found} is there");
        }
        for watch in watches {
            watch.finish(&newest).await;
        }
        masters.start(leader);
        masters.ready(leader).await;
        masters
            .until("it has caught up", |status| members(status).all(|one| one["lag"].as_u64().is_some_and(|lag| lag < 100)))
            .await;
    }
    gaps.sort_unstable();
    acted.sort_unstable();
    println!(
        "{kills} kills: writes resume after p50 {:?}, at most {:?}; reconcilers act after p50 {:?}, at most {:?}",
        gaps[kills / 2],
        gaps[kills - 1],
        acted[kills / 2],
        acted[kills - 1]
    );
    assert!(gaps[kills - 1] < Duration::from_secs(10), "{gaps:?}");
}

/// The longest silence between two acknowledgements.
fn longest_gap(times: &mut [Instant]) -> Duration {
    times.sort_unstable();
    times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

async fn wait(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
