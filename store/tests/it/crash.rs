use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use kontiki_store::{Range, SqliteConfig, SqliteStore, Store};

use crate::fixture::{key, text, write};

const FOLDER: &str = "KONTIKI_CRASH_FOLDER";
const ROUND: &str = "KONTIKI_CRASH_ROUND";
const ROUNDS: usize = 20;

/// Writes until it is killed and says of every acknowledged commit: name and revision.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by a_kill_at_any_moment_loses_no_acknowledged_commit"]
async fn child_that_writes() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else { return };
    let store = SqliteStore::open(SqliteConfig::single(folder)).await.unwrap();
    let clients = (0..16).map(|client| {
        let (store, round) = (store.clone(), round.clone());
        tokio::spawn(async move {
            for number in 0_u64.. {
                let name = format!("{round}-{client}-{}", number % 50);
                let done = write(&*store, &key("n", &name), &number.to_string()).await;
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nack {name} {number} {}", done.revision).and_then(|()| out.flush()).unwrap();
            }
        })
    });
    futures::future::join_all(clients).await;
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_no_acknowledged_commit() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut newest = 0;
    for round in 0..ROUNDS {
        let (mut child, mut output) = start(folder.path(), round);
        read_acks(&mut output, 1 + round * 7919 % 400, &mut acknowledged);
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        read_acks(&mut BufReader::new(&rest[..]), usize::MAX, &mut acknowledged);
        newest = check(folder.path(), &acknowledged, newest).await;
    }
    assert!(acknowledged.len() > ROUNDS);
}

fn start(folder: &Path, round: usize) -> (Child, BufReader<ChildStdout>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "crash::child_that_writes", "--ignored", "--nocapture"]);
    command.env(FOLDER, folder).env(ROUND, round.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

/// Takes whole lines only: half a line is no acknowledgement.
fn read_acks(output: &mut impl BufRead, count: usize, acknowledged: &mut BTreeMap<String, (u64, u64)>) {
    let mut seen = 0;
    let mut line = String::new();
    while seen < count && output.read_line(&mut line).unwrap() > 0 {
        if let (Some(rest), true) = (line.strip_prefix("ack "), line.ends_with('\n')) {
            let words: Vec<&str> = rest.split_whitespace().collect();
            acknowledged.insert(words[0].into(), (words[1].parse().unwrap(), words[2].parse().unwrap()));
            seen += 1;
        }
        line.clear();
    }
}

/// Every acknowledged write is there, or a later one of the same name; no revision is used twice.
async fn check(folder: &Path, acknowledged: &BTreeMap<String, (u64, u64)>, before: u64) -> u64 {
    let store = SqliteStore::open(SqliteConfig::single(folder)).await.unwrap();
    for (name, (number, revision)) in acknowledged {
        let object = store.get(&key("n", name)).unwrap_or_else(|| panic!("{name} at {revision} is lost"));
        let found: u64 = text(&object).parse().unwrap();
        assert!(
            object.revision.0 >= *revision && found >= *number,
            "{name}: {found} at {}, not {number} at {revision}",
            object.revision
        );
        assert!(object.revision.0 > *revision || found == *number);
    }
    let newest = store.revision().0;
    assert!(newest >= before && store.list(&Range::All).objects.iter().all(|object| object.revision.0 <= newest));
    store.close().await;
    newest
}
