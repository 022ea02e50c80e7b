use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicU64, Ordering};

use kontiki_store::backup::save;
use kontiki_store::{Range, Retention, SqliteConfig, SqliteStore, Store};

use crate::fixture::{commit_at, delete, key, put, text, write};
use crate::shim::Shim;

const CHILD: &str = "points::child_that_follows_the_script";
const WRITES: &str = "KONTIKI_POINTS_WRITES";
const MODE: &str = "KONTIKI_FAULTS_MODE";
const AT: &str = "KONTIKI_FAULTS_AT";
const SEED: &str = "KONTIKI_FAULTS_SEED";
const COUNT: &str = "KONTIKI_FAULTS_COUNT";
/// Children at a time.
const TOGETHER: usize = 3;

fn config(folder: &Path) -> SqliteConfig {
    let retention = Retention { age: std::time::Duration::from_secs(30), ..Retention::default() };
    SqliteConfig { log_entries: 8, retention, ..SqliteConfig::single(folder.join("store")) }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).unwrap();
}

/// Writes, deletes, and time enough for the past to be compacted, the log to be purged; a backup; and all of it again.
/// Says of every commit that it tries and of every one that is acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the tests that end it"]
async fn child_that_follows_the_script() {
    let (Ok(folder), Ok(writes)) = (std::env::var(crate::shim::FOLDER), std::env::var(WRITES)) else { return };
    let (folder, writes) = (PathBuf::from(folder), writes.parse::<u64>().unwrap());
    for round in 0..2 {
        let store = SqliteStore::open(config(&folder)).await.unwrap();
        for number in 0..writes {
            let (name, count) = ((number % 3).to_string(), round * writes + number);
            let at = key("n", &name);
            let gone = number % 7 == 6 && store.get(&at).is_some();
            let change = if gone { delete(&at) } else { put(&at, &count.to_string()) };
            say(&format!("try {name} {}", if gone { "-".into() } else { count.to_string() }));
            let seconds = i64::try_from(count * 7).unwrap();
            let done = store.commit(commit_at(seconds, vec![change])).await.unwrap();
            say(&format!("ack {name} {}", done.revision));
        }
        let _ = save(&folder.join("store"), &folder.join(format!("backup-{round}")), &[], "passphrase").await.unwrap();
        store.close().await;
    }
    say("end");
}

/// What a child said: per name what was tried since its newest acknowledgement, and that.
#[derive(Default)]
struct Said {
    names: BTreeMap<String, (Option<String>, Vec<String>)>,
    revisions: BTreeSet<u64>,
    ended: bool,
}

fn said(output: &Output) -> Said {
    let mut said = Said::default();
    let out = String::from_utf8_lossy(&output.stdout);
    for line in out.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["try", name, text] => said.names.entry(name.into()).or_default().1.push(text.into()),
            ["ack", name, revision] => {
                let (newest, open) = said.names.get_mut(name).unwrap();
                *newest = open.pop();
                open.clear();
                assert!(said.revisions.insert(revision.parse().unwrap()), "revision {revision} is used twice");
            }
            ["end"] => said.ended = true,
            _ => {}
        }
    }
    said
}

/// Opens what the child left behind: nothing acknowledged is lost, no revision comes again.
async fn check(folder: &Path, said: &Said, point: &str) {
    let opened = SqliteStore::open(config(folder)).await;
    let store = opened.unwrap_or_else(|error| panic!("{point}: {error}"));
    for (name, (newest, open)) in &said.names {
        let found = store.get(&key("n", name)).map_or_else(|| "-".into(), |object| text(&object));
        let is_newest = newest.as_ref().map_or(found == "-", |newest| *newest == found);
        assert!(is_newest || open.contains(&found), "{point}: {name} is {found}, not {newest:?} or one of {open:?}");
    }
    let newest = said.revisions.last().copied().unwrap_or_default();
    let end = store.revision().0;
    assert!(end >= newest, "{point}: it ends at {end}, but {newest} was acknowledged");
    assert!(store.list(&Range::All).objects.iter().all(|object| object.revision.0 <= end), "{point}");
    assert_eq!(write(&*store, &key("n", "more"), point).await.revision.0, end + 1, "{point}");
    store.close().await;
    let backups = [0, 1].map(|round| folder.join(format!("backup-{round}")));
    for backup in backups.iter().filter(|backup| backup.exists()) {
        let whole = kontiki_store::backup::Archive::open(backup).await;
        assert!(whole.is_ok(), "{point}: a backup has its name before it is whole: {whole:?}");
    }
}

/// How many calls the whole script makes.
fn calls(shim: &Shim, writes: u64) -> u64 {
    let (folder, count) = (shim.beside("counted"), shim.beside("count"));
    std::fs::create_dir(&folder).unwrap();
    let output = shim.child(CHILD, &folder).env(WRITES, writes.to_string()).env(COUNT, &count).env(MODE, "count").output();
    let output = output.unwrap();
    assert!(said(&output).ended, "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read_to_string(count).unwrap().trim().parse().unwrap()
}

/// How far the calls of the script go: threads share the files, and merge more or less of their work from run to run.
struct Reach {
    next: AtomicU64,
    farthest: AtomicU64,
}

impl Reach {
    /// Runs that outlive this many points beyond the farthest at which one was ended have no such call any more.
    const BEYOND: u64 = 10;

    fn next(&self) -> Option<u64> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        (at <= self.farthest.load(Ordering::Relaxed) + Self::BEYOND).then_some(at)
    }
}

/// Ends the script before each of its calls, in each of the modes.
fn at_every_call(writes: u64, modes: &[&str]) {
    let shim = Shim::new();
    let count = calls(&shim, writes);
    let reach = Reach { next: AtomicU64::new(1), farthest: AtomicU64::new(count / 2) };
    let killed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
                while let Some(at) = reach.next() {
                    for mode in modes {
                        let folder = shim.beside(&format!("{mode}-{at}"));
                        std::fs::create_dir(&folder).unwrap();
                        let mut child = shim.child(CHILD, &folder);
                        child.env(WRITES, writes.to_string()).env(MODE, mode).env(AT, at.to_string()).env(SEED, at.to_string());
                        let said = said(&child.output().unwrap());
                        if !said.ended {
                            killed.fetch_add(1, Ordering::Relaxed);
                            reach.farthest.fetch_max(at, Ordering::Relaxed);
                        }
                        runtime.block_on(check(&folder, &said, &format!("{mode} before call {at}")));
                        std::fs::remove_dir_all(folder).unwrap();
                    }
                }
            });
        }
    });
    let killed = killed.into_inner();
    println!("{count} calls when counted, {} modes: ended at {killed} points", modes.len());
    assert!(killed >= count * modes.len() as u64 / 2, "of about {count} calls only {killed} ended it");
}

#[test]
fn a_short_script_ended_at_any_call_loses_nothing() {
    at_every_call(9, &["kill", "lose"]);
}

#[test]
#[ignore = "takes minutes: make crash-points"]
fn a_long_script_ended_at_any_call_loses_nothing() {
    at_every_call(60, &["kill", "lose", "tear"]);
}
