use std::sync::Arc;

use kontiki_store::{CommitError, OpenError, Range, SqliteConfig, SqliteStore, Store};

use crate::cluster::{Cluster, until};
use crate::fixture::{commit, key, next, put, revision, shown, text, write};
use crate::shim::{Control, Shim};
use crate::three::{others, write_somewhere};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

#[test]
fn a_full_disk_refuses_writes_serves_reads_and_heals_by_itself() {
    Shim::new().run("faults::child_alone_on_a_full_disk");
}

#[test]
fn a_sync_that_fails_acknowledges_nothing_and_the_files_are_opened_anew() {
    Shim::new().run("faults::child_alone_whose_syncs_fail");
}

#[test]
fn a_member_whose_disk_fails_hands_the_leadership_over_and_comes_back() {
    Shim::new().run("faults::child_of_three_whose_leader_has_a_full_disk");
}

#[test]
fn what_does_not_open_on_a_full_or_failing_disk_says_so_and_opens_later() {
    Shim::new().run("faults::child_that_starts_on_a_failing_disk");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs in a process of its own"]
async fn child_that_starts_on_a_failing_disk() {
    let Some((control, folder)) = Control::of_child() else { return };
    let folder = folder.join("store");
    for (round, (errno, operation)) in [(ENOSPC, "write"), (EIO, "sync"), (EIO, "write")].into_iter().enumerate() {
        let store = SqliteStore::open(SqliteConfig::single(&folder)).await.unwrap();
        write(&*store, &key("n", "a"), &round.to_string()).await;
        store.close().await;
        control.fail(errno, operation, &folder);
        let error = SqliteStore::open(SqliteConfig::single(&folder)).await.unwrap_err();
        assert!(error.may_pass(), "{error:?}");
        control.heal();
        let store = SqliteStore::open(SqliteConfig::single(&folder)).await.unwrap();
        assert_eq!(text(&store.get(&key("n", "a")).unwrap()), round.to_string());
        store.close().await;
    }
}

/// Writes `name` until it is taken. Counts the refusals, none of which is an acknowledgement.
async fn insist(store: &SqliteStore, name: &str) -> (u64, usize) {
    let commit = commit(vec![put(&key("n", name), "on")]);
    let mut refused = 0;
    let started = std::time::Instant::now();
    loop {
        match store.commit(commit.clone()).await {
            Ok(done) => return (done.revision.0, refused),
            Err(error) => {
                assert!(started.elapsed() < crate::cluster::PATIENCE, "{error}");
                refused += 1;
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    }
}

async fn alone(errno: i32, operation: &'static str, is_expected: fn(&CommitError) -> bool) {
    let Some((control, folder)) = Control::of_child() else { return };
    let folder = folder.join("store");
    let store = SqliteStore::open(SqliteConfig::single(&folder)).await.unwrap();
    let mut watch = store.watch(&Range::All, revision(0)).unwrap();
    for round in 0..3 {
        let before = write(&*store, &key("n", "a"), &round.to_string()).await.revision;
        next(&mut watch).await;
        control.fail(errno, operation, &folder);
        let first = store.commit(commit(vec![put(&key("n", "b"), &round.to_string())])).await.unwrap_err();
        assert!(matches!(first, CommitError::Unknown(_) | CommitError::Full(_) | CommitError::Unavailable(_)), "{first}");
        let refused = || async { store.commit(commit(vec![put(&key("n", "c"), &round.to_string())])).await.unwrap_err() };
        let started = std::time::Instant::now();
        let mut error = refused().await;
        while !is_expected(&error) {
            assert!(started.elapsed() < crate::cluster::PATIENCE, "{error}");
            tokio::task::yield_now().await;
            error = refused().await;
        }
        assert_eq!(text(&store.get(&key("n", "a")).unwrap()), round.to_string());
        assert!(store.barrier().await.unwrap() >= before, "reads go on");
        assert_eq!(store.list_at(&Range::All, before).await.unwrap().revision, before);
        assert!(!store.status().leader);
        control.heal();
        let (taken, _) = insist(&store, &format!("on-{round}")).await;
        assert!(taken > before.0);
        // What was refused with an open outcome may have happened, once, and is seen in order.
        let mut seen = shown(&next(&mut watch).await);
        while !seen[0].starts_with("on-") {
            seen = shown(&next(&mut watch).await);
        }
        assert_eq!(seen, [format!("on-{round}=on@{taken}")]);
    }
    let (listing, end) = (store.list(&Range::All).objects, store.revision());
    store.close().await;
    let store = SqliteStore::open(SqliteConfig::single(&folder)).await.unwrap();
    assert_eq!((store.list(&Range::All).objects, store.revision()), (listing, end));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by a_full_disk_refuses_writes_serves_reads_and_heals_by_itself"]
async fn child_alone_on_a_full_disk() {
    alone(ENOSPC, "write", |error| matches!(error, CommitError::Full(_))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by a_sync_that_fails_acknowledges_nothing_and_the_files_are_opened_anew"]
async fn child_alone_whose_syncs_fail() {
    alone(EIO, "sync", |error| matches!(error, CommitError::Unavailable(_))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by a_member_whose_disk_fails_hands_the_leadership_over_and_comes_back"]
async fn child_of_three_whose_leader_has_a_full_disk() {
    let Some((control, folder)) = Control::of_child() else { return };
    let cluster = Cluster::of_three_in(tempfile::tempdir_in(folder).unwrap()).await;
    for (errno, operation) in [(ENOSPC, "write"), (EIO, "sync"), (EIO, "write")] {
        let old = cluster.leader().await;
        let rest = others(&cluster, old);
        write_somewhere(&cluster, &[old], "a", "1").await;
        control.fail(errno, operation, &cluster.folder(old));
        let refused = cluster.stores[&old].commit(commit(vec![put(&key("n", "a"), operation)])).await;
        assert!(refused.is_err(), "it was acknowledged by a member that could not write it");
        let end = write_somewhere(&cluster, &rest, "b", operation).await;
        let store: Arc<SqliteStore> = cluster.stores[&old].clone();
        assert!(store.get(&key("n", "a")).is_some(), "it is read there all the same");
        control.heal();
        until("it follows again", || store.revision().0 >= end).await;
        store.barrier().await.unwrap();
        assert_eq!(text(&store.get(&key("n", "b")).unwrap()), operation);
        let ids: Vec<u64> = cluster.stores.keys().copied().collect();
        cluster.network.cut(rest[0], rest[1]);
        cluster.network.cut(rest[0], old);
        write_somewhere(&cluster, &[old, rest[1]], "c", operation).await;
        cluster.network.heal();
        write_somewhere(&cluster, &ids, "d", operation).await;
    }
    cluster.close().await;
}

#[test]
fn what_a_killed_process_wrote_is_synced_before_it_is_relied_on() {
    Shim::new().run("faults::child_that_opens_what_was_not_synced");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by what_a_killed_process_wrote_is_synced_before_it_is_relied_on"]
async fn child_that_opens_what_was_not_synced() {
    let Some((control, folder)) = Control::of_child() else { return };
    let (one, other) = (folder.join("one"), folder.join("other"));
    let store = SqliteStore::open(SqliteConfig::single(&one)).await.unwrap();
    write(&*store, &key("n", "a"), "1").await;
    // As a SIGKILL leaves them: nothing is closed.
    std::fs::create_dir(&other).unwrap();
    for file in ["log.db", "log.db-wal", "state.db", "state.db-wal", "vote", "cluster.key"] {
        std::fs::copy(one.join(file), other.join(file)).unwrap();
    }
    store.close().await;
    for file in ["log.db-wal", "vote"] {
        control.fail(EIO, "sync", &other.join(file));
        let refused = SqliteStore::open(SqliteConfig::single(&other)).await;
        let Err(OpenError::File { path, .. }) = &refused else { panic!("{file}: {refused:?}") };
        assert!(path.ends_with(file), "{}", path.display());
        control.heal();
    }
    let store = SqliteStore::open(SqliteConfig::single(&other)).await.unwrap();
    assert_eq!(text(&store.get(&key("n", "a")).unwrap()), "1");
    store.close().await;
}
