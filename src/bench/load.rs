//! Bounded loads, each giving one figure.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use http_body_util::BodyExt;
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::connection::{Connection, Peer};

/// Connections of the parallel loads, as in the published comparison.
const CONNECTIONS: usize = 64;
/// The namespace that loads write to.
pub const NAMESPACE: &str = "bench";
const JSON: &str = "application/json";

/// One request of a load: method, path, content type, body, as a function of its number.
pub type Make = fn(usize) -> (Method, String, &'static str, Bytes);

/// Requests per second of `total` requests over 64 connections.
pub async fn throughput(peer: &Peer, total: usize, make: Make) -> Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(peer).await?);
    }
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for mut connection in connections {
        let next = next.clone();
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= total {
                    return anyhow::Ok(());
                }
                let (method, path, content_type, body) = make(number);
                connection.call(method, &path, content_type, body).await?;
            }
        });
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome??;
    }
    Ok(total as f64 / start.elapsed().as_secs_f64())
}

/// Median time of `count` requests, one after the other on one connection.
pub async fn serial(peer: &Peer, count: usize, make: Make) -> Result<Duration> {
    let mut connection = Connection::open(peer).await?;
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let (method, path, content_type, body) = make(number);
        let start = Instant::now();
        connection.call(method, &path, content_type, body).await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times.get(count / 2).copied().ok_or_else(|| anyhow::anyhow!("no request was timed"))
}

/// Events per second delivered to `watchers` watchers of the bench namespace while `changes` ConfigMaps are patched.
pub async fn fan_out(peer: &Peer, watchers: usize, changes: usize) -> Result<f64> {
    let seen = Arc::new(AtomicUsize::new(0));
    let (all_seen, mut done) = tokio::sync::mpsc::channel::<()>(1);
    let wanted = watchers * changes;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..watchers {
        let mut connection = Connection::open(peer).await?;
        let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps?watch=1&resourceVersion={}", current(peer).await?);
        let mut answer = connection.send(Method::GET, &path, "", Bytes::new()).await?;
        if !answer.status().is_success() {
            bail!("watch: {}", answer.status());
        }
        let (seen, all_seen) = (seen.clone(), all_seen.clone());
        tasks.spawn(async move {
            while let Some(Ok(frame)) = answer.frame().await {
                let events = frame.data_ref().map_or(0, |data| data.iter().filter(|byte| **byte == b'\n').count());
                if seen.fetch_add(events, Ordering::Relaxed) + events >= wanted {
                    let _ = all_seen.try_send(());
                }
            }
            drop(connection);
        });
    }
    let start = Instant::now();
    throughput(peer, changes, patch_config_map).await?;
    if seen.load(Ordering::Relaxed) < wanted {
        let waited = tokio::time::timeout(Duration::from_secs(120), done.recv()).await;
        if waited.is_err() {
            bail!("after 120 s {} of {wanted} events had arrived", seen.load(Ordering::Relaxed));
        }
    }
    let rate = wanted as f64 / start.elapsed().as_secs_f64();
    tasks.shutdown().await;
    Ok(rate)
}

/// The revision of the bench namespace's ConfigMaps now.
async fn current(peer: &Peer) -> Result<String> {
    let mut connection = Connection::open(peer).await?;
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps?limit=1");
    let answer = connection.send(Method::GET, &path, "", Bytes::new()).await?;
    let list: Value = serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
    Ok(list["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_string())
}

/// Creates the namespace that loads write to.
pub async fn prepare(peer: &Peer) -> Result<()> {
    let body = body(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}));
    Connection::open(peer).await?.call(Method::POST, "/api/v1/namespaces", JSON, body).await?;
    Ok(())
}

/// Removes what loads wrote.
pub async fn clean(peer: &Peer) -> Result<()> {
    Connection::open(peer).await?.call(Method::DELETE, &format!("/api/v1/namespaces/{NAMESPACE}"), "", Bytes::new()).await?;
    Ok(())
}

/// Creates ConfigMap `number`.
pub fn create_config_map(number: usize) -> (Method, String, &'static str, Bytes) {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("c{number}"), "labels": {"load": "bench"}},
        "data": {"number": number.to_string(), "filler": "x".repeat(200)},
    });
    (Method::POST, format!("/api/v1/namespaces/{NAMESPACE}/configmaps"), JSON, body(&object))
}

/// Creates ConfigMap `number` under names of its own, for the serial load.
pub fn create_serially(number: usize) -> (Method, String, &'static str, Bytes) {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("s{number}")}, "data": {"number": number.to_string()},
    });
    (Method::POST, format!("/api/v1/namespaces/{NAMESPACE}/configmaps"), JSON, body(&object))
}

/// Merge-patches one of the first thousand ConfigMaps.
pub fn patch_config_map(number: usize) -> (Method, String, &'static str, Bytes) {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps/c{}", number % 1000);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let patch = json!({"data": {"number": format!("{number} at {}", now.as_nanos())}});
    (Method::PATCH, path, "application/merge-patch+json", body(&patch))
}

/// Reads one of the first thousand ConfigMaps.
pub fn get_config_map(number: usize) -> (Method, String, &'static str, Bytes) {
    (Method::GET, format!("/api/v1/namespaces/{NAMESPACE}/configmaps/c{}", number % 1000), "", Bytes::new())
}

/// Creates pod `number`, about 2 KB as stored; no node takes it.
pub fn create_pod(number: usize) -> (Method, String, &'static str, Bytes) {
    let env: Vec<Value> =
        (0..12).map(|at| json!({"name": format!("VARIABLE_{at}"), "value": "a value of some length"})).collect();
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("p{number}"), "labels": {"app": "bench", "number": number.to_string()}},
        "spec": {
            "schedulerName": "nobody", "automountServiceAccountToken": false,
            "containers": [{"name": "c", "image": "kontiki/demo:1", "env": env, "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}],
        },
    });
    (Method::POST, format!("/api/v1/namespaces/{NAMESPACE}/pods"), JSON, body(&object))
}

/// Creates node `number`: no kubelet stands behind it.
pub fn create_node(number: usize) -> (Method, String, &'static str, Bytes) {
    let amounts = json!({"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"});
    let conditions: Vec<Value> = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]
        .iter()
        .map(|name| json!({"type": name, "status": "Unknown"}))
        .collect();
    let object = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": format!("n{number}"), "labels": {"kubernetes.io/hostname": format!("n{number}"), "kubernetes.io/os": "linux"}},
        "status": {"capacity": amounts, "allocatable": amounts, "conditions": conditions},
    });
    (Method::POST, "/api/v1/nodes".into(), JSON, body(&object))
}

/// Lists every pod of the namespace, uncompressed.
pub fn list_pods(_: usize) -> (Method, String, &'static str, Bytes) {
    (Method::GET, format!("/api/v1/namespaces/{NAMESPACE}/pods"), "", Bytes::new())
}

fn body(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}
