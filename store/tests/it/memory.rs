use std::time::Duration;

use futures::StreamExt;
use kontiki_store::{MemoryStore, Range, Store, WindowLimits};

use crate::fixture::{commit_at, key, put, revision};

async fn open() -> (std::sync::Arc<MemoryStore>, ()) {
    (std::sync::Arc::new(MemoryStore::new()), ())
}

crate::suite::whole_suite!(open());

#[tokio::test]
async fn a_slow_watcher_is_told_that_it_fell_off() {
    let store = MemoryStore::with_window(WindowLimits { age: Duration::from_secs(10), bytes: 1 << 20 });
    let mut watch = store.watch(&Range::All, revision(0)).unwrap();
    for second in 0..30 {
        store.commit(commit_at(second, vec![put(&key("a", "x"), &second.to_string())])).await.unwrap();
    }
    let expired = watch.next().await.unwrap().unwrap_err();
    assert_eq!(expired.oldest, revision(19));
    assert!(watch.next().await.is_none());
    assert!(store.watch(&Range::All, revision(18)).is_err());
    assert!(store.watch(&Range::All, revision(19)).is_ok());
    assert_eq!(store.get_at(&key("a", "x"), revision(18)).await.unwrap_err().oldest, revision(19));
}

#[tokio::test]
async fn a_list_of_ten_thousand_is_fast() {
    let store = MemoryStore::new();
    for block in 0..20 {
        let changes = (0..500).map(|number| put(&key("a", &format!("{block}-{number}")), "x")).collect();
        store.commit(commit_at(0, changes)).await.unwrap();
    }
    let range = Range::Resource("configmaps".into());
    let fastest = (0..20).map(|_| {
        let start = std::time::Instant::now();
        assert_eq!(store.list(&range).objects.len(), 10_000);
        start.elapsed()
    });
    assert!(fastest.min().unwrap() < Duration::from_millis(if cfg!(debug_assertions) { 20 } else { 1 }));
}
