//! The leader is killed while clients write through the others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::json;

use super::connection::Connection;
use super::load::NAMESPACE;
use super::masters::Masters;
use super::peer::Peer;

/// Clients that write.
const CLIENTS: usize = 8;
/// Longest wait for a write after a kill.
const LIMIT: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(2);

/// When clients were answered.
type Acknowledged = Arc<Mutex<Vec<Instant>>>;

/// What one kill cost.
pub struct Gap {
    /// The longest time in which no write was acknowledged.
    pub writes: Duration,
    /// From the kill until a Deployment made after it had its ReplicaSet.
    pub reconcilers: Duration,
}

/// Kills the leader of three masters `kills` times.
pub async fn failover(masters: &mut Masters, kills: usize, told: impl Fn(usize)) -> Result<Vec<Gap>> {
    let mut gaps = Vec::new();
    for round in 0..kills {
        told(round);
        let leader = masters.leader().await?;
        gaps.push(once(masters, leader, round).await?);
        masters.restart(leader).await?;
    }
    Ok(gaps)
}

async fn once(masters: &mut Masters, leader: usize, round: usize) -> Result<Gap> {
    let others: Vec<Peer> = (0..3).filter(|at| *at != leader).map(|at| masters.peer(at)).collect::<Result<_>>()?;
    let (acknowledged, stop) = (Acknowledged::default(), Arc::<AtomicBool>::default());
    let mut writers = tokio::task::JoinSet::new();
    for (client, peer) in others.iter().cycle().take(CLIENTS).cloned().enumerate() {
        writers.spawn(write(peer, format!("round{round}-{client}"), acknowledged.clone(), stop.clone()));
    }
    until(|| times(&acknowledged).len() > 50).await.context("no writes flow")?;
    masters.kill(leader);
    let killed = Instant::now();
    let Some(peer) = others.first() else { bail!("there is no other master") };
    let reconcilers = reconciled(peer, round, killed).await?;
    let resumed = killed + Duration::from_millis(50);
    until(|| times(&acknowledged).iter().filter(|at| **at > resumed).count() > CLIENTS).await.context("no writes resume")?;
    stop.store(true, Ordering::Relaxed);
    while writers.join_next().await.is_some() {}
    let mut times = times(&acknowledged);
    times.sort_unstable();
    let writes = times.windows(2).filter_map(|pair| pair.last().zip(pair.first())).map(|(next, at)| *next - *at).max();
    Ok(Gap { writes: writes.unwrap_or_default(), reconcilers })
}

fn times(acknowledged: &Acknowledged) -> Vec<Instant> {
    acknowledged.lock().map(|times| times.clone()).unwrap_or_default()
}

/// Writes one object again and again; what is not acknowledged is written again.
async fn write(peer: Peer, name: String, acknowledged: Acknowledged, stop: Arc<AtomicBool>) {
    let mut connection = None;
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let Some(open) = &mut connection else {
            connection = Connection::open(&peer).await.ok();
            continue;
        };
        let object =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"n": number.to_string()}});
        let collection = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
        let (method, path) = if number == 0 { (Method::POST, collection) } else { (Method::PUT, format!("{collection}/{name}")) };
        if open.call(method, &path, "application/json", Bytes::from(object.to_string())).await.is_ok() {
            number += 1;
            if let Ok(mut times) = acknowledged.lock() {
                times.push(Instant::now());
            }
        } else {
            connection = None;
            number = number.max(1);
        }
    }
}

/// How long after `since` a Deployment made now has its ReplicaSet.
async fn reconciled(peer: &Peer, round: usize, since: Instant) -> Result<Duration> {
    let name = format!("round{round}");
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "none"}]}}},
    });
    let apps = format!("/apis/apps/v1/namespaces/{NAMESPACE}");
    let mut connection = Connection::open(peer).await?;
    let path = format!("{apps}/deployments");
    let made = connection.call(Method::POST, &path, "application/json", deployment.to_string().into());
    made.await.context("a Deployment is not taken")?;
    let sets = format!("{apps}/replicasets?labelSelector=app%3D{name}");
    while since.elapsed() < LIMIT {
        if connection.json(&sets).await?["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return Ok(since.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
    bail!("no ReplicaSet for {name} within {} s", LIMIT.as_secs())
}

async fn until(holds: impl Fn() -> bool) -> Result<()> {
    let start = Instant::now();
    while !holds() {
        if start.elapsed() > LIMIT {
            bail!("nothing within {} s", LIMIT.as_secs());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
