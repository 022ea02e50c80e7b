//! Bounded loads, each giving one figure.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::connection::{Connection, Refused};
use super::peer::Peer;
use super::watcher::Watcher;

/// Connections of the parallel loads, as in the published comparison.
pub const CONNECTIONS: usize = 64;
/// How long a server that has too much to do is left alone.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a namespace of an earlier run may take to go.
const GOING: Duration = Duration::from_secs(60);
/// Bytes of one large value.
pub const LARGE: usize = 256 << 10;
/// Bytes of requests that are written down before the clock starts; longer loads are written while they run.
const AHEAD: usize = 128 << 20;
/// How many large objects are replaced again and again.
pub const REPLACED: usize = 100;
/// The namespace that loads write to.
pub const NAMESPACE: &str = "bench";
const JSON: &str = "application/json";

/// One request of a load: method, path, content type, body.
pub type Made = (Method, String, &'static str, Bytes);
/// The request of a number.
pub type Make = fn(usize) -> Made;

/// Requests per second of `total` requests over 64 connections.
pub async fn throughput(peer: &Peer, total: usize, make: Make) -> Result<f64> {
    spread(std::slice::from_ref(peer), CONNECTIONS, 0..total, make).await
}

/// Requests per second of the requests with these numbers, over `clients` connections that go round the peers.
pub async fn spread(peers: &[Peer], clients: usize, numbers: Range<usize>, make: Make) -> Result<f64> {
    Load::prepare(peers, clients, numbers, make).await?.run().await
}

/// A load that is about to begin: its connections are open, and its requests written down where they are not too large for that.
struct Load {
    connections: Vec<Connection>,
    numbers: Range<usize>,
    made: Arc<[Made]>,
    make: Make,
}

impl Load {
    async fn prepare(peers: &[Peer], clients: usize, numbers: Range<usize>, make: Make) -> Result<Self> {
        let ahead = numbers.len() * make(numbers.start).3.len() <= AHEAD;
        let made = numbers.clone().filter(|_| ahead).map(make).collect();
        let mut connections = Vec::new();
        for peer in peers.iter().cycle().take(clients) {
            connections.push(Connection::open(peer).await?);
        }
        Ok(Self { connections, numbers, made, make })
    }

    /// Requests per second.
    async fn run(self) -> Result<f64> {
        let (next, first, total, make) = (Arc::new(AtomicUsize::new(0)), self.numbers.start, self.numbers.len(), self.make);
        let start = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for mut connection in self.connections {
            let (next, made) = (next.clone(), self.made.clone());
            tasks.spawn(async move {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    match made.get(at) {
                        Some(one) => request(&mut connection, one).await?,
                        None if at < total => request(&mut connection, &make(first + at)).await?,
                        None => return anyhow::Ok(()),
                    }
                }
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            outcome??;
        }
        Ok(total as f64 / start.elapsed().as_secs_f64())
    }
}

/// One request; a server that has too much to do is asked again, as clients do.
async fn request(connection: &mut Connection, (method, path, content_type, body): &Made) -> Result<()> {
    loop {
        match connection.call(method.clone(), path, content_type, body.clone()).await {
            Ok(_) => return Ok(()),
            Err(error) if error.downcast_ref().is_some_and(|refused: &Refused| refused.code == 429) => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
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

/// Events per second delivered to `watchers` watchers of the bench namespace while `changes` ConfigMaps are patched, and the bytes
/// of one.
pub async fn fan_out(peer: &Peer, watchers: usize, changes: usize) -> Result<(f64, usize)> {
    let (seen, read) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (all_seen, mut done) = tokio::sync::mpsc::channel::<()>(1);
    let wanted = watchers * changes;
    let mut tasks = tokio::task::JoinSet::new();
    for mut watcher in watches(peer, watchers).await? {
        let (seen, read, all_seen) = (seen.clone(), read.clone(), all_seen.clone());
        tasks.spawn(async move {
            while let Ok(Some(told)) = watcher.next().await {
                read.fetch_add(told.bytes, Ordering::Relaxed);
                if seen.fetch_add(told.events, Ordering::Relaxed) + told.events >= wanted {
                    let _ = all_seen.try_send(());
                }
            }
        });
    }
    let load = Load::prepare(std::slice::from_ref(peer), CONNECTIONS, 0..changes, patch_config_map).await?;
    let start = Instant::now();
    load.run().await?;
    if seen.load(Ordering::Relaxed) < wanted {
        let waited = tokio::time::timeout(Duration::from_secs(120), done.recv()).await;
        if waited.is_err() {
            bail!("after 120 s {} of {wanted} events had arrived", seen.load(Ordering::Relaxed));
        }
    }
    let rate = wanted as f64 / start.elapsed().as_secs_f64();
    tasks.shutdown().await;
    Ok((rate, read.load(Ordering::Relaxed) / wanted.max(1)))
}

/// So many watches of the bench namespace's ConfigMaps, each over a connection of its own.
pub async fn watches(peer: &Peer, count: usize) -> Result<Vec<Watcher>> {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps?watch=1&resourceVersion={}", current(peer).await?);
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        open.push(Watcher::open(peer, &path).await.context("watch")?);
    }
    Ok(open)
}

/// The revision of the bench namespace's ConfigMaps now.
async fn current(peer: &Peer) -> Result<String> {
    let mut connection = Connection::open(peer).await?;
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps?limit=1");
    let list = connection.json(&path).await?;
    Ok(list["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_string())
}

/// Creates the namespace that loads write to.
///
/// # Errors
/// What a user who gave a wrong URL, token or account has to know.
pub async fn prepare(peer: &Peer) -> Result<()> {
    let body = body(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}));
    let start = Instant::now();
    let (code, told) = loop {
        let (code, told) = first(peer, body.clone()).await?;
        if code != 409 || start.elapsed() > GOING || !is_going(peer).await {
            break (code, told);
        }
        tokio::time::sleep(PAUSE * 20).await;
    };
    match code {
        201 => Ok(()),
        401 => bail!("{} does not accept the token (401): it may be another cluster's, or have expired", peer.authority),
        403 => bail!("the user of the token may not do what the loads do: bind it to cluster-admin ({told})"),
        404 | 405 => {
            bail!("{} does not serve /api/v1/namespaces: it is no API server, or lies below another path", peer.authority)
        }
        409 => bail!("the namespace {NAMESPACE:?} is there already: delete it, or wait until it is gone"),
        _ => bail!("{} answers {code}: {told}", peer.authority),
    }
}

/// Code and message of the first answer.
async fn first(peer: &Peer, body: Bytes) -> Result<(u16, String)> {
    let mut connection = Connection::open(peer).await?;
    let answer = connection.answer(Method::POST, "/api/v1/namespaces", JSON, body).await;
    let other = if peer.tls.is_none() { ": try https:// instead" } else { "" };
    let (code, told) = answer.with_context(|| format!("{} does not answer as a server of HTTP{other}", peer.authority))?;
    let told = serde_json::from_slice::<Value>(&told).unwrap_or_default();
    Ok((code, told["message"].as_str().unwrap_or_default().to_owned()))
}

/// Whether the namespace is being deleted, by an earlier run.
async fn is_going(peer: &Peer) -> bool {
    let Ok(mut connection) = Connection::open(peer).await else { return false };
    let found = connection.json(&format!("/api/v1/namespaces/{NAMESPACE}")).await.unwrap_or_default();
    found["status"]["phase"] == "Terminating" || found.is_null()
}

/// Removes what loads wrote.
pub async fn clean(peer: &Peer) -> Result<()> {
    Connection::open(peer).await?.call(Method::DELETE, &format!("/api/v1/namespaces/{NAMESPACE}"), "", Bytes::new()).await?;
    Ok(())
}

/// Creates ConfigMap `number`.
pub fn create_config_map(number: usize) -> Made {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("c{number}"), "labels": {"load": "bench"}},
        "data": {"number": number.to_string(), "filler": "x".repeat(200)},
    });
    (Method::POST, format!("/api/v1/namespaces/{NAMESPACE}/configmaps"), JSON, body(&object))
}

/// Creates ConfigMap `number` with a value of [`LARGE`] bytes.
pub fn create_large(number: usize) -> Made {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("large{number}")}, "data": {"filler": filler(number)},
    });
    (Method::POST, format!("/api/v1/namespaces/{NAMESPACE}/configmaps"), JSON, body(&object))
}

/// Replaces one of [`REPLACED`] ConfigMaps by one with a value of 100 kB; the first requests make them.
pub fn replace_large(number: usize) -> Made {
    let name = format!("grown{}", number % REPLACED);
    let mut filler = filler(number);
    filler.truncate(100_000);
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"filler": filler}});
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
    match number < REPLACED {
        true => (Method::POST, path, JSON, body(&object)),
        false => (Method::PUT, format!("{path}/{name}"), JSON, body(&object)),
    }
}

/// Text that is like no other and compresses badly.
fn filler(number: usize) -> String {
    let mut state = number as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:016x}", state ^ (state >> 29))
    };
    (0..LARGE / 16).map(|_| next()).collect()
}

/// Creates ConfigMap `number` under names of its own, for the serial load.
pub fn create_serially(number: usize) -> Made {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("s{number}")}, "data": {"number": number.to_string()},
    });
    (Method::POST, format!("/api/v1/namespaces/{NAMESPACE}/configmaps"), JSON, body(&object))
}

/// Merge-patches one of the first thousand ConfigMaps.
pub fn patch_config_map(number: usize) -> Made {
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps/c{}", number % 1000);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let patch = json!({"data": {"number": format!("{number} at {}", now.as_nanos())}});
    (Method::PATCH, path, "application/merge-patch+json", body(&patch))
}

/// Reads one of the first thousand ConfigMaps.
pub fn get_config_map(number: usize) -> Made {
    (Method::GET, format!("/api/v1/namespaces/{NAMESPACE}/configmaps/c{}", number % 1000), "", Bytes::new())
}

/// Creates pod `number`, about 2 KB as stored; no node takes it.
pub fn create_pod(number: usize) -> Made {
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
pub fn create_node(number: usize) -> Made {
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
pub fn list_pods(_: usize) -> Made {
    (Method::GET, format!("/api/v1/namespaces/{NAMESPACE}/pods"), "", Bytes::new())
}

fn body(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}
