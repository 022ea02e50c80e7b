use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_api::time::Time;
use kontiki_store::{
    Change, Range, Retention, SqliteConfig, SqliteStore, Store, WindowLimits, forget, forgotten, remember, watch_past,
};

use crate::fixture::{commit_at, delete, key, put, revision, text, texts};

/// A store whose window is 20 seconds and whose history 100 seconds of commit time.
async fn open(folder: &Path) -> Arc<SqliteStore> {
    let window = WindowLimits { age: Duration::from_secs(20), bytes: 1 << 20 };
    let retention = Retention { age: Duration::from_secs(100), bytes: 1 << 30 };
    SqliteStore::open(SqliteConfig { window, retention, ..SqliteConfig::single(folder) }).await.unwrap()
}

async fn write_at(store: &SqliteStore, second: i64, changes: Vec<Change>) {
    store.commit(commit_at(second, changes)).await.unwrap();
    // Read back, so that the tables have it (and have been thinned out) before time goes on.
    store.history(&key("n", "a"), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_reaches_beyond_the_window_as_far_as_history_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    write_at(&store, 0, vec![put(&key("n", "still"), "old"), put(&key("n", "gone"), "old")]).await;
    write_at(&store, 1, vec![delete(&key("n", "gone"))]).await;
    for second in (10..=200).step_by(10) {
        write_at(&store, second, vec![put(&key("n", "a"), &second.to_string())]).await;
    }
    let window = store.status().watchable_from;
    assert!(window > revision(15) && store.watch(&Range::All, revision(window.0 - 1)).is_err());
    let (middle, second) = (revision(13), "100");
    assert_eq!(text(&store.get_at(&key("n", "a"), middle).await.unwrap().unwrap()), second);
    assert_eq!(texts(&store.list_at(&Range::All, middle).await.unwrap().objects), [second, "old"]);
    let expired = store.get_at(&key("n", "a"), revision(1)).await.unwrap_err();
    assert!(expired.oldest > revision(3) && expired.oldest < middle, "{expired}");
    let kept = store.history(&key("n", "a"), 100).await;
    assert!(kept.len() >= 10 && kept.len() < 14, "{}", kept.len());
    assert!(store.history(&key("n", "gone"), 10).await.is_empty());
    assert_eq!(store.history(&key("n", "still"), 10).await.len(), 1);
    store.close().await;
    let store = open(folder.path()).await;
    assert_eq!(store.status().watchable_from, window);
    assert_eq!(text(&store.get_at(&key("n", "a"), middle).await.unwrap().unwrap()), second);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_the_window_is_as_long_as_before_whatever_the_clock_did() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).await;
    let first = commit_at(10_000, vec![put(&key("n", "a"), "first")]);
    store.commit(first.clone()).await.unwrap();
    write_at(&store, 20_000, vec![put(&key("n", "a"), "second")]).await;
    for round in 0..5 {
        store.close().await;
        store = open(folder.path()).await;
        assert_eq!(store.commit(first.clone()).await.unwrap().revision, revision(1), "round {round}");
    }
    for second in [30_000, 40_000, 50_000] {
        write_at(&store, second, vec![put(&key("n", "a"), &second.to_string())]).await;
    }
    let before = store.status().watchable_from;
    assert_eq!(before, revision(2), "three silences of ten seconds each are more than the window's twenty");
    store.close().await;
    let store = open(folder.path()).await;
    assert_eq!(store.status().watchable_from, before);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_without_history_are_kept_for_the_window_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let lease = Key::new("leases", "n", "l");
    let node = Key::new("nodes", "", "x");
    write_at(&store, 0, vec![put(&node, "made")]).await;
    for second in (1..=60).step_by(3) {
        let beat = |key: &Key| Change { history: false, ..put(key, &second.to_string()) };
        write_at(&store, second, vec![beat(&lease), beat(&node)]).await;
    }
    let (kept, nodes) = (store.history(&lease, 100).await.len(), store.history(&node, 100).await);
    assert!((7..=12).contains(&kept), "{kept}");
    assert_eq!((text(&nodes[0].object), nodes.len()), ("made".into(), kept + 1));
    assert!(store.get_at(&lease, revision(5)).await.is_err());
    assert_eq!(text(&store.get_at(&node, revision(5)).await.unwrap().unwrap()), "made");
    assert_eq!(text(&store.get_at(&lease, store.revision()).await.unwrap().unwrap()), "58");
    for second in (300..=420).step_by(10) {
        let beat = Change { history: false, ..put(&node, &second.to_string()) };
        write_at(&store, second, vec![beat]).await;
    }
    let nodes: Vec<String> = store.history(&node, 100).await.iter().map(|entry| text(&entry.object)).collect();
    assert!(nodes.contains(&"420".into()) && !nodes.contains(&"made".into()), "kept for its time, then gone: {nodes:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_is_forgotten_is_kept_for_the_window_from_then_on_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).await;
    let (a, other) = (key("n", "a"), Key::new("widgets.example.com", "n", "w"));
    let both = |second: i64| vec![put(&a, &second.to_string()), put(&other, &second.to_string())];
    write_at(&store, 0, both(0)).await;
    write_at(&store, 1, vec![forget(&other.resource)]).await;
    assert_eq!(forgotten(&*store), std::slice::from_ref(&other.resource));
    for second in (2..=40).step_by(3) {
        write_at(&store, second, both(second)).await;
    }
    store.close().await;
    store = open(folder.path()).await;
    for second in (41..=60).step_by(3) {
        write_at(&store, second, both(second)).await;
    }
    assert_eq!(store.history(&a, 100).await.len(), 21, "others are kept");
    let left = store.history(&other, 100).await;
    assert!((7..=13).contains(&left.len()), "{}", left.len());
    assert_eq!(text(&left[0].object), "0", "what was kept before stays");
    write_at(&store, 61, vec![remember(&*store, &other.resource).unwrap()]).await;
    assert!(forgotten(&*store).is_empty() && remember(&*store, &other.resource).is_none());
    for second in (62..=90).step_by(3) {
        write_at(&store, second, both(second)).await;
    }
    let texts: Vec<String> = store.history(&other, 100).await.iter().map(|entry| text(&entry.object)).collect();
    assert!(texts.contains(&"62".into()) && texts.contains(&"89".into()), "{texts:?}");
    assert!(!texts.contains(&"38".into()), "{texts:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_and_watches_reach_as_far_as_history_and_say_how_far() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for second in (10..=400).step_by(10) {
        write_at(&store, second, vec![put(&key("n", "a"), &second.to_string()), put(&key("n", "b"), &second.to_string())]).await;
    }
    let at = |second: i64| Time::from_micros(second * 1_000_000);
    assert_eq!(store.revision_at(at(335)).await.unwrap(), revision(66));
    let kept = store.kept().await;
    let since = kept.since.expect("something was thinned out");
    assert!(kept.oldest.0 % 2 == 0 && since == at(i64::try_from(kept.oldest.0).unwrap() * 5), "{kept:?}");
    assert_eq!(store.revision_at(since).await.unwrap(), kept.oldest);
    assert_eq!(store.revision_at(at(15)).await.unwrap_err().oldest, kept.oldest);

    assert!(store.watch(&Range::All, kept.oldest).is_err());
    let mut watch = watch_past(store.clone(), Range::Resource("configmaps".into()), kept.oldest).await.unwrap();
    let mut expected = kept.oldest.0;
    write_at(&store, 410, vec![put(&key("n", "a"), "live"), put(&key("n", "b"), "live")]).await;
    while expected < store.revision().0 {
        let batch = crate::fixture::next(&mut watch).await;
        expected += 2;
        assert_eq!((batch.revision.0, batch.events.len()), (expected, 2));
    }
    let early = revision(kept.oldest.0 - 1);
    assert!(watch_past(store.clone(), Range::All, early).await.is_err_and(|expired| expired.oldest >= kept.oldest));
    assert!(watch_past(store.clone(), Range::All, revision(5_000)).await.is_err());
    store.close().await;
}
