use std::fs;
use std::path::{Path, PathBuf};

use kontiki_store::{OpenError, Range, SqliteConfig, SqliteStore, Store};
use sqlx::{ConnectOptions, Connection};

use crate::cluster::{Cluster, until};
use crate::fixture::{commit, key, put, remove, text, write};
use crate::three::{others, write_somewhere};

/// What stands in the file before the bit is flipped, and how far behind it the bit lies.
type Place = (&'static str, &'static [u8], usize);

/// In every file, in rows, in what is noted beside them, in the pages that hold them.
const PLACES: &[Place] = &[
    ("log.db", b"\"uid-7\"", 3),
    ("log.db", b"vote", 6),
    ("log.db", b"purged", 8),
    ("log.db", b"SQLite format 3", 2),
    ("log.db", b"CREATE TABLE log", 3),
    ("state.db", b"\"uid-7\"", 3),
    ("state.db", b"applied", 9),
    ("state.db", b"newest", 7),
    ("state.db", b"current\x00", 9),
    ("state.db", b"SQLite format 3", 2),
    ("state.db", b"CREATE TABLE change", 3),
];

/// Flips one bit of `file`: the newest place that holds `text` counts.
fn flip(file: &Path, text: &[u8], behind: usize) {
    let mut bytes = fs::read(file).unwrap();
    let at = bytes.windows(text.len()).rposition(|part| part == text);
    let at = at.unwrap_or_else(|| panic!("{} does not hold {}", file.display(), text.escape_ascii()));
    bytes[at + behind] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

/// Fills the middle of the file with zeros, as a disk does that lost a page; the front is left alone.
fn lose_pages(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let half = bytes.len() / 2 / 4096 * 4096;
    bytes[half..half + 4096].fill(0);
    fs::write(file, bytes).unwrap();
}

/// Everything is in the file, and nothing else: a bit flipped in what was deleted would harm nobody.
async fn checkpointed(file: &Path) {
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

async fn fill(store: &dyn Store) {
    for number in 0..60 {
        write(store, &key("n", &(number % 9).to_string()), &number.to_string()).await;
    }
    remove(store, &key("n", "8")).await;
}

/// Writes until the log no longer tells everything: nobody waits for it to be purged.
async fn purged(store: &dyn Store, folder: &Path) {
    let first = async || -> i64 {
        let mut log = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("log.db")).connect().await.unwrap();
        let first = sqlx::query_scalar("SELECT MIN(idx) FROM log").fetch_one(&mut log).await.unwrap();
        log.close().await.unwrap();
        first
    };
    for number in 0..2_000 {
        if first().await > 1 {
            return;
        }
        write(store, &key("n", "more"), &number.to_string()).await;
    }
    panic!("the log is never purged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_any_file_of_the_only_member_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let config = || SqliteConfig { log_entries: 10, ..SqliteConfig::single(folder.path()) };
    let store = SqliteStore::open(config()).await.unwrap();
    fill(&*store).await;
    purged(&*store, folder.path()).await;
    let listing = store.list(&Range::All).objects;
    store.close().await;
    for (name, text, behind) in PLACES {
        let file = folder.path().join(name);
        checkpointed(&file).await;
        let whole = fs::read(&file).unwrap();
        if !whole.windows(text.len()).any(|part| part == *text) {
            continue;
        }
        flip(&file, text, *behind);
        let Err(error) = SqliteStore::open(config()).await else {
            panic!("{name}: a bit flipped behind {}", text.escape_ascii())
        };
        let shown = error.to_string();
        assert!(matches!(error, OpenError::Lost(_)), "{name} {}: {shown}", text.escape_ascii());
        assert!(shown.contains(name) && shown.contains("restore a backup"), "{shown}");
        for beside in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("{name}{beside}")));
        }
        fs::write(&file, whole).unwrap();
    }
    let store = SqliteStore::open(config()).await.unwrap();
    assert_eq!(store.list(&Range::All).objects, listing);
    store.close().await;
}

/// Three members; `broken` is down, its files where a checkpoint brought them. The others go on meanwhile.
async fn with_one_down(broken_leads: bool) -> (Cluster, u64) {
    let mut cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    let broken = if broken_leads { leader } else { others(&cluster, leader)[0] };
    for number in 0..450 {
        write_somewhere(&cluster, &[leader], &(number % 9).to_string(), &number.to_string()).await;
    }
    cluster.stores[&broken].barrier().await.unwrap();
    cluster.stop(broken).await;
    let rest = others(&cluster, broken);
    write_somewhere(&cluster, &rest, "meanwhile", "1").await;
    (cluster, broken)
}

async fn starts_and_catches_up(cluster: &mut Cluster, broken: u64) {
    cluster.start(broken).await;
    let rest = others(cluster, broken);
    let end = write_somewhere(cluster, &rest, "after", &broken.to_string()).await;
    // One of the others may be behind as well.
    for member in [broken, rest[0]] {
        until("it has caught up", || cluster.stores[&member].revision().0 >= end).await;
    }
    let expected = cluster.stores[&rest[0]].list(&Range::All);
    cluster.stores[&broken].barrier().await.unwrap();
    assert_eq!(cluster.stores[&broken].list(&Range::All).objects, expected.objects);
}

/// It votes: with it and one other member alone the cluster goes on.
async fn it_votes_again(cluster: &mut Cluster, broken: u64) {
    let gone = others(cluster, broken)[0];
    cluster.stop(gone).await;
    let rest: Vec<u64> = cluster.stores.keys().copied().collect();
    write_somewhere(cluster, &rest, "with it", &broken.to_string()).await;
    cluster.start(gone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_any_file_of_one_of_three_is_repaired_from_the_others() {
    let (mut cluster, broken) = with_one_down(false).await;
    for (name, text, behind) in PLACES {
        let file = cluster.folder(broken).join(name);
        checkpointed(&file).await;
        if !fs::read(&file).unwrap().windows(text.len()).any(|part| part == *text) {
            continue;
        }
        flip(&file, text, *behind);
        println!("{name} {}", text.escape_ascii());
        starts_and_catches_up(&mut cluster, broken).await;
        it_votes_again(&mut cluster, broken).await;
        cluster.stop(broken).await;
    }
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_lost_a_file_or_a_page_comes_back_as_a_follower() {
    let damages: [(&str, fn(&PathBuf)); 4] = [
        ("log.db", |file| fs::remove_file(file).unwrap()),
        ("state.db", |file| fs::remove_file(file).unwrap()),
        ("state.db", |file| lose_pages(file)),
        ("log.db", |file| fs::write(file, vec![0; 100]).unwrap()),
    ];
    let (mut cluster, mut broken) = with_one_down(true).await;
    for (name, damage) in damages {
        damage(&cluster.folder(broken).join(name));
        starts_and_catches_up(&mut cluster, broken).await;
        it_votes_again(&mut cluster, broken).await;
        broken = cluster.leader().await;
        cluster.stop(broken).await;
    }
    cluster.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_lost_its_log_elects_nobody_who_lacks_what_it_acknowledged() {
    let mut cluster = Cluster::of_three().await;
    let leader = cluster.leader().await;
    let rest = others(&cluster, leader);
    let (lagging, forgetful) = (rest[0], rest[1]);
    for other in [leader, forgetful] {
        cluster.network.cut(lagging, other);
    }
    // The leader and the forgetful one alone have it.
    write_somewhere(&cluster, &[leader], "acknowledged", "1").await;
    cluster.stop(forgetful).await;
    // An orderly stop would hand over; here nobody is left to hand over to.
    cluster.stop(leader).await;
    for file in ["log.db", "state.db"] {
        fs::remove_file(cluster.folder(forgetful).join(file)).unwrap();
    }
    cluster.network.heal();
    cluster.start(forgetful).await;
    let store = cluster.stores[&lagging].clone();
    let elected = tokio::time::timeout(std::time::Duration::from_secs(3), async move {
        store.leadership().wait_for(|now| now.own.is_some()).await.map(|_| ())
    });
    assert!(elected.await.is_err(), "the two that lack an acknowledged write elected a leader");
    assert!(cluster.stores[&forgetful].commit(commit(vec![put(&key("n", "b"), "1")])).await.is_err());
    cluster.start(leader).await;
    let ids: Vec<u64> = cluster.stores.keys().copied().collect();
    write_somewhere(&cluster, &ids, "b", "1").await;
    for store in cluster.stores.values() {
        store.barrier().await.unwrap();
        assert_eq!(text(&store.get(&key("n", "acknowledged")).unwrap()), "1");
    }
    it_votes_again(&mut cluster, forgetful).await;
    cluster.close().await;
}
