use std::fs;
use std::path::Path;

use kontiki_store::{Order, Range, SqliteConfig, SqliteStore, Store};
use sqlx::{ConnectOptions, Connection};

use crate::cluster::{Cluster, LOOKS, PATIENCE, member, pause, until};
use crate::fixture::{commit, key, put, revision, text, write};
use crate::three::{others, write_somewhere};

const OLD: &str = "an old value that nobody reads";

/// Flips a bit of `text` in `state.db` of `folder` under the process that has it open, where nothing newer covers it.
async fn flip(folder: &Path, text: &str) {
    use std::os::unix::fs::FileExt;
    let path = folder.join("state.db");
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let mut busy = 1_i64;
    while busy != 0 {
        let query = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await;
        (busy, _, _) = query.unwrap_or((1, 0_i64, 0_i64));
    }
    connection.close().await.unwrap();
    let bytes = fs::read(&path).unwrap();
    let at = bytes.windows(text.len()).position(|part| part == text.as_bytes()).expect("it is in the file");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[bytes[at] ^ 1], at as u64).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bit_flipped_in_the_cold_past_is_found_and_fetched_from_the_others_before_anybody_reads_it() {
    let cluster = Cluster::of_three_that_look().await;
    let old = write_somewhere(&cluster, &[1, 2, 3], "a", OLD).await;
    for number in 0..300 {
        write_somewhere(&cluster, &[1, 2, 3], "a", &number.to_string()).await;
    }
    for leads in [false, true] {
        let leader = cluster.leader().await;
        let broken = if leads { leader } else { others(&cluster, leader)[0] };
        let store = cluster.stores[&broken].clone();
        store.barrier().await.unwrap();
        let discarded = store.scrub().discarded;
        flip(&cluster.folder(broken), OLD).await;
        // What was read before the next write is not read again.
        write_somewhere(&cluster, &[1, 2, 3], "b", &leads.to_string()).await;
        until("it is found and discarded", || store.scrub().discarded > discarded).await;
        write_somewhere(&cluster, &[1, 2, 3], "c", &leads.to_string()).await;
        until("a whole round finds nothing", || store.scrub().damaged.is_none()).await;
        // The files may be looked through once before they are taken into use.
        let used = async {
            while store.barrier().await.is_err() {
                pause().await;
            }
        };
        tokio::time::timeout(PATIENCE, used).await.unwrap();
        let then = store.changes(&Range::Key(key("n", "a")), Order::OldestAfter(revision(old - 1)), 1).await.unwrap();
        assert_eq!(text(&then[0].object), OLD);
    }
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_member_says_what_is_damaged_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteConfig { scrubbing: LOOKS, ..SqliteConfig::single(folder.path()) }).await.unwrap();
    write(&*store, &key("n", "a"), OLD).await;
    for number in 0..100 {
        write(&*store, &key("n", "a"), &number.to_string()).await;
    }
    until("a round finds nothing", || store.scrub().rounds > 0).await;
    assert_eq!(store.scrub().damaged, None);
    store.history(&key("n", "a"), 1).await;
    flip(folder.path(), OLD).await;
    write(&*store, &key("n", "b"), "1").await;
    until("it is found", || store.scrub().damaged.is_some()).await;
    let damaged = store.scrub().damaged.unwrap();
    assert!(damaged.contains("state.db") && damaged.contains("at revision 1 "), "{damaged}");
    write(&*store, &key("n", "b"), "2").await;
    assert!(store.status().leader);
    store.close().await;
}

/// Runs `statement` on the tables of `folder` beside the process that has them open.
async fn beside(folder: &Path, statement: &'static str) {
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("state.db")).connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_is_damaged_or_of_a_newer_format_is_refused_before_anything_is_touched() {
    let harms = [
        ("PRAGMA user_version = 99", "format 99", "PRAGMA user_version = 2"),
        ("UPDATE change SET keep = 0 WHERE rev = 5", "wrong checksum", "UPDATE change SET keep = 1 WHERE rev = 5"),
    ];
    for (harm, expected, undo) in harms {
        let mut cluster = Cluster::of_one().await;
        for number in 0..900 {
            write(&*cluster.stores[&1], &key("n", &(number % 9).to_string()), &number.to_string()).await;
        }
        cluster.stores[&1].history(&key("n", "1"), 1).await;
        beside(&cluster.folder(1), harm).await;
        cluster.start(2).await;
        cluster.stores[&1].add_member(member(2)).await.unwrap();
        let new = cluster.stores[&2].clone();
        let refused = async {
            loop {
                let error = new.commit(commit(vec![put(&key("n", "x"), "1")])).await.unwrap_err();
                if error.to_string().contains(expected) {
                    return;
                }
                pause().await;
            }
        };
        tokio::time::timeout(PATIENCE, refused).await.expect(expected);
        beside(&cluster.folder(1), undo).await;
        let end = cluster.stores[&1].revision();
        until("it follows", || new.revision() >= end).await;
        cluster.close().await;
    }
}
