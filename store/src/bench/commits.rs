use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kontiki_api::meta::{Head, Key};
use kontiki_api::object::Draft;
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;

use super::Figures;
use crate::{Change, Commit, Op, Store};

/// Bytes of the values written.
const VALUE: usize = 700;
/// Objects that each client goes round.
const OBJECTS: usize = 100;

/// `clients` tasks write small objects of the collection `benchmarks`, each its next as soon as the last
/// is acknowledged, for `limit`. Must be called within a tokio runtime.
pub async fn commits(store: &Arc<dyn Store>, clients: usize, limit: Duration) -> Figures {
    commits_in_time(store, clients, limit, |_| Time::default()).await
}

/// The same with commit times that are a function of how long the run has taken.
pub(super) async fn commits_in_time(
    store: &Arc<dyn Store>,
    clients: usize,
    limit: Duration,
    time: fn(Duration) -> Time,
) -> Figures {
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients).map(|client| tokio::spawn(write(store.clone(), client, (start, limit), time))).collect();
    let (mut latencies, mut failed) = (Vec::new(), 0);
    for task in tasks {
        if let Ok((more, failures)) = task.await {
            latencies.extend(more);
            failed += failures;
        }
    }
    Figures::of(clients, start.elapsed(), latencies, failed)
}

async fn write(
    store: Arc<dyn Store>,
    client: usize,
    (start, limit): (Instant, Duration),
    time: fn(Duration) -> Time,
) -> (Vec<Duration>, usize) {
    let run = store.revision().0;
    let (mut latencies, mut failed) = (Vec::new(), 0);
    let mut number = 0;
    while start.elapsed() < limit {
        let id = u128::from(run) << 64 | (client as u128) << 40 | number as u128;
        let commit = Commit { time: time(start.elapsed()), ..commit(client, number, RequestId(id)) };
        let before = Instant::now();
        match store.commit(commit).await {
            Ok(_) => latencies.push(before.elapsed()),
            Err(_) => failed += 1,
        }
        number += 1;
    }
    (latencies, failed)
}

fn commit(client: usize, number: usize, id: RequestId) -> Commit {
    let key = Key::new("benchmarks", "default", format!("{client}-{}", number % OBJECTS));
    let front = format!(r#"{{"metadata":{{"name":"{}"}},"run":"{:x}-"#, key.name, id.0);
    let value = format!("{front}{}\"}}", "x".repeat(VALUE.saturating_sub(front.len() + 2)));
    let draft = Draft { key: key.clone(), head: Head::default(), value: Bytes::from(value), splice: 13 };
    Commit {
        id,
        time: Time::default(),
        actor: User { name: "bench".into(), ..User::default() },
        verb: Verb::Update,
        manager: "bench".into(),
        cause: Cause::System,
        leader: None,
        preconditions: vec![],
        reserves: vec![],
        changes: vec![Change { key, op: Op::Put(draft), sealed: false, history: true }],
    }
}
