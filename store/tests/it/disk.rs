use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kontiki_api::meta::Key;
use kontiki_store::{
    Change, CommitError, OpenError, Range, Requirement, Reserve, Retention, SqliteConfig, SqliteStore, Store, WindowLimits,
};
use sqlx::{ConnectOptions, Connection};

use crate::fixture::{commit, commit_at, delete, key, needs, next, put, remove, revision, shown, text, texts, write};

async fn open(folder: &Path) -> Arc<SqliteStore> {
    SqliteStore::open(SqliteConfig::single(folder)).await.expect("the store opens")
}

/// Changes a database behind the back of the store.
pub async fn sql(file: &Path, statement: &'static str) {
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Copies the files of a store that is in use, as a crash would leave them.
fn copy_of(folder: &Path, skipped: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if (skipped.is_empty() || !name.starts_with(skipped)) && !name.ends_with("-shm") {
            fs::copy(entry.path(), copy.path().join(name)).unwrap();
        }
    }
    copy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b, c) = (key("n", "a"), key("n", "b"), key("n", "c"));
    let store = open(folder.path()).await;
    let mut first = commit(vec![put(&a, "1"), put(&b, "1")]);
    first.preconditions = vec![needs(&a, Requirement::Absent)];
    first.reserves = vec![Reserve { counter: "quota".into(), by: 2, limit: Some(2) }];
    store.commit(first.clone()).await.unwrap();
    store.commit(commit(vec![put(&a, "2"), delete(&b)])).await.unwrap();
    store.close().await;

    let store = open(folder.path()).await;
    assert_eq!((store.revision(), texts(&store.list(&Range::All).objects)), (revision(4), vec!["2".into()]));
    let again = store.commit(first.clone()).await.unwrap();
    assert_eq!((again.revision, texts(&again.objects)), (revision(2), vec!["1".into(), "1".into()]));
    let mut over = commit(vec![put(&c, "1")]);
    over.reserves = vec![Reserve { counter: "quota".into(), by: 1, limit: Some(2) }];
    assert!(matches!(store.commit(over).await, Err(CommitError::Limit { used: 2, .. })));
    let mut watch = store.watch(&Range::All, revision(1)).unwrap();
    assert_eq!(shown(&next(&mut watch).await), ["b=1@2"]);
    let batch = next(&mut watch).await;
    assert_eq!(shown(&batch), ["a=2@3", "b=-@4"]);
    assert_eq!(batch.events.iter().map(|event| event.previous.as_ref().unwrap().revision.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(texts(&store.list_at(&Range::All, revision(2)).await.unwrap().objects), ["1", "1"]);
    assert_eq!(store.history(&b, 10).await.len(), 2);
    assert_eq!(write(&*store, &c, "1").await.revision, revision(5));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_or_older_tables_are_made_up_for_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let secret = Change { sealed: true, ..put(&Key::new("secrets", "n", "s"), "hush") };
    store.commit(commit(vec![secret])).await.unwrap();
    write(&*store, &key("n", "a"), "1").await;
    store.history(&key("n", "a"), 1).await;
    let older = copy_of(folder.path(), "log.db");
    for number in 0..100 {
        write(&*store, &key("n", &(number % 9).to_string()), &number.to_string()).await;
    }
    remove(&*store, &key("n", "a")).await;
    let (listing, end) = (store.list(&Range::All).objects, store.revision());
    let lost = copy_of(folder.path(), "state.db");
    store.close().await;
    for file in ["log.db", "log.db-wal"] {
        fs::copy(lost.path().join(file), older.path().join(file)).unwrap();
    }
    for folder in [lost, older] {
        let store = open(folder.path()).await;
        assert_eq!((&store.list(&Range::All).objects, store.revision()), (&listing, end));
        assert_eq!(store.history(&key("n", "a"), 10).await.len(), 2);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_tail_of_the_log_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for number in 0..20 {
        write(&*store, &key("n", "a"), &number.to_string()).await;
    }
    let torn = copy_of(folder.path(), "state.db");
    store.close().await;
    let wal = torn.path().join("log.db-wal");
    // Behind the end lie zeros.
    let length = fs::read(&wal).unwrap().iter().rposition(|byte| *byte != 0).unwrap() as u64;
    fs::OpenOptions::new().write(true).open(&wal).unwrap().set_len(length - 100).unwrap();
    let store = open(torn.path()).await;
    let end = store.revision();
    assert!(end == revision(19) || end == revision(20), "{end}");
    assert_eq!(text(&store.get(&key("n", "a")).unwrap()), (end.0 - 1).to_string());
    write(&*store, &key("n", "a"), "on").await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_and_newer_formats_are_refused_with_a_reason() {
    let refused = async |file: &str, statement: &'static str| {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        for number in 0..5 {
            write(&*store, &key("n", "a"), &number.to_string()).await;
        }
        store.close().await;
        sql(&folder.path().join(file), statement).await;
        SqliteStore::open(SqliteConfig::single(folder.path())).await.expect_err(statement)
    };
    let newer = |error: &OpenError| matches!(error, OpenError::NewerFormat { found: 99, .. });
    assert!(newer(&refused("log.db", "PRAGMA user_version = 99").await));
    assert!(newer(&refused("state.db", "PRAGMA user_version = 99").await));
    let gap = refused("log.db", "DELETE FROM log WHERE idx = 3").await;
    assert!(gap.to_string().contains("gap"), "{gap}");
    let flipped = refused("log.db", "UPDATE log SET payload = x'01' WHERE idx = 4").await;
    assert!(flipped.to_string().contains("entry 4 has a wrong checksum"), "{flipped}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let error = SqliteStore::open(SqliteConfig::single(folder.path())).await.unwrap_err();
    assert!(matches!(error, OpenError::InUse(_)));
    store.close().await;
    open(folder.path()).await.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_write_ends_writing_but_not_reading() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let a = key("n", "a");
    write(&*store, &a, "1").await;
    sql(&folder.path().join("log.db"), "ALTER TABLE log RENAME TO gone").await;
    assert!(matches!(store.commit(commit(vec![put(&a, "2")])).await, Err(CommitError::Unknown(_))));
    assert!(matches!(store.commit(commit(vec![put(&a, "3")])).await, Err(CommitError::Unavailable(_))));
    assert_eq!(text(&store.get(&a).unwrap()), "1");
    assert_eq!(store.history(&a, 10).await.len(), 1);
    assert!(store.watch(&Range::All, revision(1)).is_ok());
    assert!(!store.status().leader);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealed_values_lie_on_disk_as_ciphertext_only() {
    const HUSH: &str = "bWFyay1vZi1hLXNlY3JldA";
    let folder = tempfile::tempdir().unwrap();
    let secret = Key::new("secrets", "n", "s");
    let store = open(folder.path()).await;
    for text in [HUSH, &format!("{HUSH}2")] {
        store.commit(commit(vec![Change { sealed: true, ..put(&secret, text) }])).await.unwrap();
    }
    store.commit(commit(vec![put(&key("n", "a"), "bWFyay1vZi1hLWNvbmZpZw")])).await.unwrap();
    store.history(&secret, 1).await;
    let holds = |folder: &Path, text: &str| {
        let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        files.filter(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes())).count()
    };
    assert_eq!(holds(folder.path(), HUSH), 0);
    assert!(holds(folder.path(), "bWFyay1vZi1hLWNvbmZpZw") >= 2, "the search finds what is not sealed");
    store.close().await;
    assert_eq!(holds(folder.path(), HUSH), 0);
    let store = open(folder.path()).await;
    assert_eq!(text(&store.get(&secret).unwrap()), format!("{HUSH}2"));
    assert_eq!(text(&store.get_at(&secret, revision(1)).await.unwrap().unwrap()), HUSH);
    assert_eq!(text(&store.history(&secret, 10).await[0].object), HUSH);
    store.close().await;
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(folder.path().join("cluster.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_store_opens_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut fastest = Duration::MAX;
    for number in 0..5 {
        let start = Instant::now();
        let store = open(folder.path()).await;
        fastest = fastest.min(start.elapsed());
        write(&*store, &key("n", "a"), &number.to_string()).await;
        store.close().await;
    }
    println!("opened in {fastest:?}");
    assert!(fastest < Duration::from_millis(150), "{fastest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_purged_of_what_the_tables_hold_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig { log_entries: 500, ..SqliteConfig::single(folder.path()) };
    let store = SqliteStore::open(config).await.unwrap();
    for number in 0..2_300 {
        write(&*store, &key("n", &(number % 10).to_string()), &number.to_string()).await;
    }
    let (listing, end) = (store.list(&Range::All).objects, store.revision());
    store.close().await;
    let database = folder.path().join("log.db");
    let mut log = sqlx::sqlite::SqliteConnectOptions::new().filename(database).connect().await.unwrap();
    let (first, count): (i64, i64) = sqlx::query_as("SELECT MIN(idx), COUNT(*) FROM log").fetch_one(&mut log).await.unwrap();
    log.close().await.unwrap();
    assert!(first > 500 && count < 1_500, "{count} entries from {first} on");

    let store = open(folder.path()).await;
    assert_eq!((&store.list(&Range::All).objects, store.revision()), (&listing, end));
    write(&*store, &key("n", "a"), "on").await;
    store.close().await;
    for file in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    let error = SqliteStore::open(SqliteConfig::single(folder.path())).await.unwrap_err();
    let OpenError::Lost(lost) = &error else { panic!("{error}") };
    assert!(matches!(**lost, OpenError::StateBehindLog { applied: 0, .. }), "{error}");
    assert!(error.to_string().contains("restore a backup"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_churn_the_write_ahead_files_stay_bounded_and_compaction_shrinks_the_file() {
    const BOUND: u64 = 40 << 20;
    let folder = tempfile::tempdir().unwrap();
    let window = WindowLimits { bytes: 1 << 20, ..WindowLimits::default() };
    let retention = Retention { age: Duration::from_secs(10), ..Retention::default() };
    let store = SqliteStore::open(SqliteConfig { window, retention, ..SqliteConfig::single(folder.path()) }).await.unwrap();
    let size = |name: &str| fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
    let bulk = "x".repeat(40_000);
    let clients = (0..8).map(|client| {
        let (store, bulk) = (store.clone(), bulk.clone());
        tokio::spawn(async move {
            for number in 0..250 {
                write(&*store, &key("n", &client.to_string()), &format!("{number}{bulk}")).await;
            }
        })
    });
    futures::future::join_all(clients).await;
    store.history(&key("n", "0"), 1).await;
    assert!(size("log.db-wal") < BOUND, "log.db-wal has {} bytes", size("log.db-wal"));
    assert!(size("state.db-wal") < BOUND, "state.db-wal has {} bytes", size("state.db-wal"));
    let peak = size("state.db");
    assert!(peak > 60 << 20, "{peak}");
    let started = Instant::now();
    for second in (100_i64..).step_by(11) {
        store.commit(commit_at(second, vec![put(&key("n", "tick"), &second.to_string())])).await.unwrap();
        store.history(&key("n", "tick"), 1).await;
        if size("state.db") < peak / 10 {
            break;
        }
        assert!(started.elapsed() < crate::cluster::PATIENCE, "{} bytes of {peak} are left", size("state.db"));
    }
    assert_eq!(store.history(&key("n", "0"), 1000).await.len(), 1);
    store.close().await;
}

/// The folder of a process of the first format, as a kill left it: there were no checksums in the tables and in `meta`.
const FORMAT_1: &str = "tests/data/format-1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_the_first_format_is_migrated_once_and_checked_from_then_on() {
    let folder = copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join(FORMAT_1), "");
    for round in 0..2 {
        let store = open(folder.path()).await;
        assert_eq!(store.revision(), revision(48 + round));
        assert_eq!(store.list(&Range::All).objects.len(), 48);
        assert_eq!(text(&store.get(&key("n", "0-0-2")).unwrap()), if round == 0 { "2" } else { "new" });
        assert_eq!(text(&store.get_at(&key("n", "0-15-1"), revision(32)).await.unwrap().unwrap()), "1");
        write(&*store, &key("n", "0-0-2"), "new").await;
        store.close().await;
        for file in ["log.db", "state.db"] {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join(file));
            let mut database = options.connect().await.unwrap();
            let format: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut database).await.unwrap();
            database.close().await.unwrap();
            assert_eq!(format, 2);
        }
    }
    sql(&folder.path().join("state.db"), "UPDATE change SET keep = 0 WHERE rev = 5").await;
    // The log still tells everything: the tables are made of it anew.
    let store = open(folder.path()).await;
    assert_eq!((store.revision(), store.list(&Range::All).objects.len()), (revision(49), 48));
    store.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("state.db"));
    let mut database = options.connect().await.unwrap();
    let kept: u32 = sqlx::query_scalar("SELECT keep FROM change WHERE rev = 5").fetch_one(&mut database).await.unwrap();
    database.close().await.unwrap();
    assert_eq!(kept, 1);
}
