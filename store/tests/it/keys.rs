//! The cluster's keys: sealed values, rotation, destruction.

use std::fs;
use std::path::Path;

use kontiki_api::meta::{Key, Revision};
use kontiki_store::{Change, CommitError, Op, Range, SqliteConfig, SqliteStore, Store, destroy, is_destroyed};

use crate::cluster::{Cluster, until};
use crate::fixture::{commit, delete, draft, put, text, write};

/// What nobody may read on disk.
const HUSH: &str = "correct horse battery staple";

fn secret(name: &str) -> Key {
    Key::new("secrets", "n", name)
}

async fn seal(store: &dyn Store, key: &Key, text: &str) -> Revision {
    store.commit(commit(vec![Change { sealed: true, ..put(key, text) }])).await.unwrap().revision
}

/// A deletion that tells the last state.
fn deletion(key: &Key) -> Change {
    Change { op: Op::Delete(Some(draft(key, HUSH))), sealed: true, ..delete(key) }
}

/// Every byte below `folder`.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            all.extend(bytes(&entry.path()));
        } else {
            all.extend(fs::read(entry.path()).unwrap_or_default());
        }
    }
    all
}

fn holds(folder: &Path, text: &str) -> bool {
    bytes(folder).windows(text.len()).any(|window| window == text.as_bytes())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// Every member seals under a new key, then nothing on any disk needs the old one.
async fn rotate(cluster: &Cluster) {
    let leader = &cluster.stores[&cluster.leader().await];
    leader.make_key(2).unwrap();
    let made = leader.cluster_key(2).unwrap();
    for store in cluster.stores.values() {
        store.learn_key(2, &made).unwrap();
    }
    for store in cluster.stores.values() {
        store.seal_under(2).await.unwrap();
    }
    write(&**leader, &Key::new("configmaps", "n", "mark"), "rotated").await;
    for store in cluster.stores.values() {
        store.barrier().await.unwrap();
        assert!(store.forget_keys().await.is_err(), "the old key is in use");
        store.rewrap().await.unwrap();
    }
    for store in cluster.stores.values() {
        store.forget_keys().await.unwrap();
        assert_eq!(store.keys().known, [2]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rotation_nothing_opens_with_the_old_key_and_everything_with_the_new_one() {
    let mut cluster = Cluster::of_three().await;
    let (kept, gone) = (secret("kept"), secret("gone"));
    let leader = cluster.stores[&cluster.leader().await].clone();
    let first = seal(&*leader, &kept, HUSH).await;
    seal(&*leader, &gone, HUSH).await;
    leader.commit(commit(vec![deletion(&gone)])).await.unwrap();
    seal(&*leader, &kept, "newer").await;
    let aside = tempfile::tempdir().unwrap();
    until("it has it all", || cluster.stores[&3].get(&kept).is_some_and(|object| text(&object) == "newer")).await;
    cluster.stop(3).await;
    copy(&cluster.folder(3), aside.path());
    cluster.start(3).await;
    until("it is back", || cluster.stores[&3].leadership().borrow().leader.is_some()).await;

    rotate(&cluster).await;
    for (id, store) in &cluster.stores {
        assert_eq!(text(&store.get(&kept).unwrap()), "newer");
        assert_eq!(text(&store.get_at(&kept, first).await.unwrap().unwrap()), HUSH, "member {id}");
        assert_eq!(store.history(&gone, 10).await.len(), 2);
        assert!(!holds(&cluster.folder(*id), HUSH), "member {id}: in the clear");
    }
    let leader = cluster.stores[&cluster.leader().await].clone();
    seal(&*leader, &gone, HUSH).await;
    cluster.stop(2).await;
    cluster.start(2).await;
    until("all of it opens again", || cluster.stores[&2].get(&gone).is_some_and(|object| text(&object) == HUSH)).await;

    // What was copied before does not open with the key that is left.
    fs::copy(cluster.folder(1).join("cluster.key"), aside.path().join("cluster.key")).unwrap();
    let opened = SqliteStore::open(SqliteConfig::single(aside.path())).await;
    assert!(opened.is_err(), "old ciphertext opens with the new key");
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_its_key_is_destroyed_the_past_of_a_value_is_unreadable_everywhere() {
    let cluster = Cluster::of_three().await;
    let (key, other) = (secret("s"), secret("other"));
    let leader = cluster.stores[&cluster.leader().await].clone();
    let first = seal(&*leader, &key, HUSH).await;
    seal(&*leader, &other, HUSH).await;
    let now = seal(&*leader, &key, "newer").await;
    leader.commit(commit(vec![destroy(&key, now)])).await.unwrap();
    for store in cluster.stores.values() {
        store.barrier().await.unwrap();
        assert!(is_destroyed(&store.get_at(&key, first).await.unwrap().unwrap()), "in the window");
        let history = store.history(&key, 10).await;
        assert!(is_destroyed(&history[0].object) && !is_destroyed(&history[1].object), "on disk");
        assert_eq!(history[0].object.head.uid, history[1].object.head.uid, "what it was stays known");
        assert_eq!(text(&store.get(&key).unwrap()), "newer");
        assert_eq!(text(&store.get_at(&other, now).await.unwrap().unwrap()), HUSH, "another's past stays");
        let listing = store.list_at(&Range::Resource("secrets".into()), first).await.unwrap();
        assert!(listing.objects.iter().all(|object| is_destroyed(object)));
    }
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_opens_where_keys_within_its_window_were_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteConfig::single(folder.path())).await.unwrap();
    let key = secret("s");
    let first = seal(&*store, &key, HUSH).await;
    let bare = store.commit(commit(vec![Change { sealed: true, ..delete(&key) }])).await;
    assert!(matches!(bare, Err(CommitError::Refused(_))), "it would be written down in the clear: {bare:?}");
    let gone = store.commit(commit(vec![deletion(&key)])).await.unwrap().revision;
    store.commit(commit(vec![destroy(&key, Revision(gone.0 + 1))])).await.unwrap();
    store.close().await;
    let store = SqliteStore::open(SqliteConfig::single(folder.path())).await.unwrap();
    assert!(is_destroyed(&store.get_at(&key, first).await.unwrap().unwrap()));
    assert!(store.history(&key, 10).await.iter().all(|entry| is_destroyed(&entry.object)));
    store.close().await;
}
