use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kontiki_api::meta::Key;
use kontiki_api::time::Time;
use kontiki_store::backup::{Archive, BackupError, KeyFile, Moment, save};
use kontiki_store::{Change, Range, SqliteConfig, SqliteStore, Store};

use crate::disk::sql;
use crate::fixture::{commit, commit_at, delete, key, put, revision, text, texts, write};

const HUSH: &str = "bWFyay1vZi1hLXNlY3JldA";
const PASSPHRASE: &str = "correct horse";

async fn open(folder: &Path) -> Arc<SqliteStore> {
    SqliteStore::open(SqliteConfig::single(folder)).await.expect("the store opens")
}

/// A store in use, backed up at revision 5: `a` is 2, `b` is gone, there is a Secret.
async fn backed_up(folder: &Path) -> (Arc<SqliteStore>, PathBuf) {
    let store = open(&folder.join("store")).await;
    store.commit(commit_at(10, vec![put(&key("n", "a"), "1"), put(&key("n", "b"), "1")])).await.unwrap();
    let secret = Change { sealed: true, ..put(&Key::new("secrets", "n", "s"), HUSH) };
    store.commit(commit_at(20, vec![secret])).await.unwrap();
    store.commit(commit_at(30, vec![put(&key("n", "a"), "2"), delete(&key("n", "b"))])).await.unwrap();
    let file = folder.join("backup.db");
    let saved = save(&folder.join("store"), &file, &keys(folder), PASSPHRASE).await.unwrap();
    assert_eq!((saved.revision, saved.time), (revision(5), Time::from_micros(30_000_000)));
    (store, file)
}

fn keys(folder: &Path) -> Vec<KeyFile> {
    let content = fs::read(folder.join("store/cluster.key")).unwrap();
    vec![KeyFile { name: "store/cluster.key".into(), content }]
}

async fn restored(file: &Path, folder: &Path, moment: Moment) -> Arc<SqliteStore> {
    let archive = Archive::open(file).await.unwrap();
    let restored = archive.restore(folder, moment, &[]).await.unwrap();
    assert_eq!(restored.next, revision(1_000_000_005));
    for key in archive.keys(PASSPHRASE).unwrap() {
        fs::write(folder.join(Path::new(&key.name).file_name().unwrap()), key.content).unwrap();
    }
    open(folder).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_store_in_use_is_restored_with_its_history_and_counts_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = backed_up(folder.path()).await;
    write(&*store, &key("n", "later"), "1").await;
    store.close().await;
    let new = restored(&file, &folder.path().join("new"), Moment::Newest).await;
    assert_eq!(texts(&new.list(&Range::All).objects), ["2", HUSH]);
    assert_eq!(new.revision(), revision(1_000_000_005));
    for from in [0, 5, 1_000_000_004] {
        assert!(new.watch(&Range::All, revision(from)).is_err(), "a watch resumes from {from}");
    }
    assert_eq!(new.history(&key("n", "b"), 10).await.len(), 2);
    assert_eq!(text(&new.get_at(&key("n", "a"), revision(2)).await.unwrap().unwrap()), "1");
    assert_eq!(write(&*new, &key("n", "c"), "1").await.revision, revision(1_000_000_006));
    new.close().await;
    let new = open(&folder.path().join("new")).await;
    assert_eq!(texts(&new.list(&Range::All).objects), ["2", "1", HUSH]);
    assert!(new.watch(&Range::All, revision(1_000_000_005)).is_ok());
    assert!(new.watch(&Range::All, revision(1_000_000_004)).is_err());
    new.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_restored_as_of_a_moment_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = backed_up(folder.path()).await;
    store.close().await;
    let moments = [Moment::Revision(revision(1)), Moment::Time(Time::from_micros(19_000_000))];
    for (number, moment) in moments.into_iter().enumerate() {
        let new = restored(&file, &folder.path().join(number.to_string()), moment).await;
        assert_eq!(texts(&new.list(&Range::All).objects), ["1", "1"]);
        assert_eq!(new.history(&key("n", "a"), 10).await.len(), 1);
        new.commit(commit(vec![delete(&key("n", "b"))])).await.unwrap();
        new.close().await;
    }
    let archive = Archive::open(&file).await.unwrap();
    let missing = archive.restore(&folder.path().join("never"), Moment::Revision(revision(6)), &[]).await.unwrap_err();
    assert!(missing.to_string().contains("from revision 0 (the beginning) to revision 5"), "{missing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_restored_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = backed_up(folder.path()).await;
    let again = save(&folder.path().join("store"), &file, &[], PASSPHRASE).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    let nothing = save(folder.path(), &folder.path().join("other.db"), &[], PASSPHRASE).await.unwrap_err();
    assert!(matches!(nothing, BackupError::NoStore(_)), "{nothing}");
    store.close().await;
    let whole = fs::read(&file).unwrap();
    let archive = Archive::open(&file).await.unwrap();
    assert!(matches!(archive.keys("wrong").unwrap_err(), BackupError::Passphrase));
    let taken = archive.restore(&folder.path().join("store"), Moment::Newest, &[]).await.unwrap_err();
    assert!(matches!(taken, BackupError::NotEmpty(_)), "{taken}");
    assert_eq!(fs::read(&file).unwrap(), whole, "reading leaves a backup as it was");

    let bad = folder.path().join("bad.db");
    for at in [30, 100, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&bad, flipped).unwrap();
        let error = Archive::open(&bad).await.unwrap_err();
        assert!(matches!(error, BackupError::Altered(_)), "byte {at}: {error}");
    }
    fs::write(&bad, &whole).unwrap();
    sql(&bad, "UPDATE backup SET version = 99").await;
    let newer = Archive::open(&bad).await.unwrap_err();
    assert!(matches!(newer, BackupError::Newer { found: 99, known: 1 }), "{newer}");
    fs::write(&bad, &whole[..whole.len() - 4096]).unwrap();
    assert!(matches!(Archive::open(&bad).await.unwrap_err(), BackupError::Altered(_)));
    fs::write(&bad, "no database").unwrap();
    assert!(matches!(Archive::open(&bad).await.unwrap_err(), BackupError::NotABackup(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_nobody_brings_up_to_the_log_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("store");
    let store = open(&place).await;
    write(&*store, &key("n", "a"), "1").await;
    store.close().await;
    sql(&place.join("log.db"), "UPDATE log SET idx = idx + 100 WHERE idx = (SELECT MAX(idx) FROM log)").await;
    let file = folder.path().join("backup.db");
    let error = save(&place, &file, &[], PASSPHRASE).await.unwrap_err();
    let BackupError::Behind { applied, log } = error else { panic!("{error}") };
    assert_eq!(log, applied + 100);
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_holds_no_secret_and_no_key_in_plain() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = backed_up(folder.path()).await;
    store.close().await;
    let bytes = fs::read(&file).unwrap();
    let key = fs::read(folder.path().join("store/cluster.key")).unwrap();
    for plain in [HUSH.as_bytes(), key.trim_ascii()] {
        assert!(!bytes.windows(plain.len()).any(|part| part == plain));
    }
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A backup as it was made when tables had no checksums: those of `format-1`, under the passphrase of these tests.
const FORMAT_1: &str = "tests/data/format-1.backup";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_the_first_format_is_restored_also_as_of_a_moment_and_left_as_it_was() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FORMAT_1);
    let whole = fs::read(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, moment, count) in [("newest", Moment::Newest, 33), ("early", Moment::Revision(revision(3)), 3)] {
        let archive = Archive::open(&file).await.unwrap();
        assert_eq!(archive.contents.revision, revision(33));
        let into = folder.path().join(name);
        archive.restore(&into, moment, &[]).await.unwrap();
        for key in archive.keys(PASSPHRASE).unwrap() {
            fs::write(into.join(Path::new(&key.name).file_name().unwrap()), key.content).unwrap();
        }
        let store = open(&into).await;
        assert_eq!(store.list(&Range::All).objects.len(), count, "{name}");
        assert_eq!(text(&store.get(&key("n", "0-2-0")).unwrap()), "0");
        assert!(write(&*store, &key("n", "more"), "1").await.revision > revision(1_000_000_033));
        store.close().await;
        // What was brought to this format is checked from then on.
        sql(&into.join("state.db"), "UPDATE change SET keep = 0 WHERE rev = 3").await;
        let damaged = SqliteStore::open(SqliteConfig::single(&into)).await.unwrap_err();
        assert!(damaged.to_string().contains("0-2-0 at revision 3 has a wrong checksum"), "{damaged}");
    }
    assert_eq!(fs::read(&file).unwrap(), whole);
}
