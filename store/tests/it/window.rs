//! The watch window after a restart is what it was before.

use std::sync::Arc;
use std::time::Duration;

use kontiki_store::{Batch, Range, SqliteConfig, SqliteStore, Store, WindowLimits};

use crate::fixture::{commit_at, key, next, put, revision, shown};

/// Changes of one commit; it never ends where a slice that is read at a time does.
const CHANGES: u64 = 251;
const COMMITS: u64 = 44;

async fn open(folder: &std::path::Path, window: WindowLimits) -> Arc<SqliteStore> {
    SqliteStore::open(SqliteConfig { window, ..SqliteConfig::single(folder) }).await.unwrap()
}

/// What a watch of everything from `from` on is sent, up to the newest commit.
async fn seen(store: &SqliteStore, from: u64) -> Vec<Vec<String>> {
    let mut watch = store.watch(&Range::All, revision(from)).unwrap();
    let mut batches = Vec::new();
    while batches.last().and_then(|batch: &Batch| batch.events.last()).is_none_or(|last| last.object.revision < store.revision())
    {
        batches.push(next(&mut watch).await);
    }
    batches.iter().map(shown).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_window_is_whole_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), WindowLimits::default()).await;
    for commit in 0..COMMITS {
        let change = |number: u64| put(&key("n", &format!("{}", number % 97)), &format!("{commit}-{number}"));
        let changes = (0..CHANGES / 3).map(change).collect::<Vec<_>>();
        // One key once in a commit.
        let changes: std::collections::BTreeMap<_, _> = changes.into_iter().map(|one| (one.key.clone(), one)).collect();
        let more = (0..CHANGES - changes.len() as u64).map(|number| put(&key("m", &format!("{number}")), &commit.to_string()));
        store.commit(commit_at(1, changes.into_values().chain(more).collect())).await.unwrap();
    }
    let (before, floor) = (seen(&store, 0).await, store.status().watchable_from);
    assert_eq!((before.iter().map(Vec::len).sum::<usize>() as u64, floor.0), (CHANGES * COMMITS, 0));
    store.close().await;
    let store = open(folder.path(), WindowLimits::default()).await;
    assert_eq!(store.status().watchable_from, floor);
    assert_eq!(seen(&store, 0).await, before);
    assert_eq!(seen(&store, CHANGES * 7 + 3).await.concat(), before.concat()[CHANGES as usize * 7 + 3..]);
    store.close().await;
    // What no longer fits is left out, commit by commit, as if nothing had been restarted.
    for bytes in [1, 100_000, 1_500_000] {
        let limits = WindowLimits { bytes, age: Duration::from_secs(300) };
        let store = open(folder.path(), limits).await;
        let floor = store.status().watchable_from.0;
        assert!(floor.is_multiple_of(CHANGES) && floor > 0, "{floor}");
        assert_eq!(seen(&store, floor).await, before[(floor / CHANGES) as usize..]);
        store.close().await;
    }
}
