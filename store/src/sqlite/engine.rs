use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use openraft::impls::BasicNode;
use openraft::{Config, SnapshotPolicy};
use parking_lot::RwLock;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::health::Health;
use super::keyring::Keyring;
use super::lock::FolderLock;
use super::log::{LogFile, LogStore, LogWriter};
use super::proposer::{Proposing, propose};
use super::raft::{NoPeers, Raft, StateMachine};
use super::table::{Loaded, Past, TableCommand, TableFile, TableWriter};
use super::{OpenError, SqliteConfig};
use crate::core::Core;

/// Commits that may wait for the proposer.
const WAITING: usize = 4096;
/// Entries that may wait for the table writer; behind that, applying waits.
const BEHIND: usize = 256;
/// How long an open may take to apply what the tables lack.
const RECOVERY: Duration = Duration::from_secs(120);

/// The running machinery as the store sees it.
pub(super) struct Engine {
    /// The state.
    pub core: Core,
    /// Where commits go.
    pub proposals: mpsc::Sender<Proposing>,
    /// The table writer.
    pub tables: mpsc::Sender<TableCommand>,
    /// The past.
    pub past: Past,
    /// Raft, for its figures and the end.
    pub raft: Raft,
    /// Ends when everything is written and closed.
    pub threads: Vec<JoinHandle<()>>,
}

/// Starts the threads: one for Raft, the log writer and the proposer, one for the tables. Neither
/// shares its runtime with anything else.
pub(super) async fn start(
    config: SqliteConfig,
    lock: Arc<FolderLock>,
    keyring: Arc<Keyring>,
    health: Health,
) -> Result<Engine, OpenError> {
    let (file, mut connection) = TableFile::open(&config.folder).await?;
    let Loaded { state, applied, membership } = Loaded::read(&mut connection, &keyring, config.window).await?;
    let past = Past::new(file.connect().await?, keyring.clone());
    let core = Core::new(state);
    let progress = (applied, membership);
    let (tables, commands) = mpsc::channel(BEHIND);
    let writer = TableWriter::new(connection, health.clone(), config.retention, progress.clone());
    let mut threads = vec![spawn("kontiki-tables", lock.clone(), move || writer.run(commands))?];
    let machine = StateMachine::new(core.clone(), keyring, tables.clone(), health.clone(), progress);
    let (proposals, waiting) = mpsc::channel(WAITING);
    let (ready, started) = oneshot::channel();
    threads.push(spawn("kontiki-raft", lock, move || run_raft(config, machine, health, waiting, ready))?);
    let raft = started.await.map_err(|_| OpenError::Raft("its thread ended".into()))??;
    Ok(Engine { core, proposals, tables, past, raft, threads })
}

/// A thread with a runtime of its own that runs one future and holds the folder until it is through.
fn spawn<F>(name: &str, lock: Arc<FolderLock>, make: impl FnOnce() -> F + Send + 'static) -> Result<JoinHandle<()>, OpenError>
where
    F: Future<Output = ()>,
{
    let failed = |source| OpenError::File { path: name.into(), source };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let body = move || {
        runtime.block_on(make());
        drop(lock);
    };
    std::thread::Builder::new().name(name.into()).spawn(body).map_err(failed)
}

async fn run_raft(
    config: SqliteConfig,
    machine: StateMachine,
    health: Health,
    waiting: mpsc::Receiver<Proposing>,
    ready: oneshot::Sender<Result<Raft, OpenError>>,
) {
    match start_raft(&config, machine, &health).await {
        Ok((raft, log)) => {
            let _ = ready.send(Ok(raft.clone()));
            propose(raft.clone(), health, waiting).await;
            if let Err(error) = raft.shutdown().await {
                tracing::warn!(%error, "ending raft");
            }
            log.close().await;
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    }
}

async fn start_raft(config: &SqliteConfig, machine: StateMachine, health: &Health) -> Result<(Raft, LogStore), OpenError> {
    let failed = |error: &dyn std::fmt::Display| OpenError::Raft(error.to_string());
    let log = start_log(config, &machine, health).await?;
    let raft_config = raft_config().validate().map_err(|error| failed(&error))?;
    let id = config.member.id;
    let raft = Raft::new(id, Arc::new(raft_config), NoPeers, log.clone(), machine).await.map_err(|error| failed(&error))?;
    if raft.is_initialized().await.map_err(|error| failed(&error))? {
        raft.trigger().elect(false).await.map_err(|error| failed(&error))?;
    } else {
        let members = BTreeMap::from([(id, BasicNode::new(config.member.address.clone()))]);
        raft.initialize(members).await.map_err(|error| failed(&error))?;
    }
    raft.wait(Some(RECOVERY)).current_leader(id, "lead").await.map_err(|error| failed(&error))?;
    raft.wait_for_recovery(Some(RECOVERY)).await.map_err(|error| failed(&error))?;
    match health.reason() {
        Some(why) => Err(OpenError::Raft(why.into())),
        None => Ok((raft, log)),
    }
}

async fn start_log(config: &SqliteConfig, machine: &StateMachine, health: &Health) -> Result<LogStore, OpenError> {
    let (file, tail) = LogFile::open(&config.folder).await?;
    let (applied, purged) = (machine.applied_index(), tail.purged.map_or(0, |purged| purged.index));
    if applied < purged {
        return Err(OpenError::StateBehindLog { applied, purged });
    }
    let tail = Arc::new(RwLock::new(tail));
    let (checkpoints, due) = mpsc::channel(1);
    let writer = LogWriter::new(file.writer().await?, tail.clone(), health.clone(), checkpoints);
    tokio::spawn(checkpoint(file.checkpointer().await?, due));
    let (commands, queue) = mpsc::unbounded_channel();
    tokio::spawn(writer.run(queue));
    Ok(LogStore::new(tail, file, commands))
}

/// Moves the write-ahead part of `log.db` into its place beside the writer, whenever asked.
async fn checkpoint(mut connection: sqlx::SqliteConnection, mut due: mpsc::Receiver<()>) {
    while due.recv().await.is_some() {
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await {
            tracing::warn!(%error, "checkpointing log.db");
        }
    }
}

fn raft_config() -> Config {
    Config {
        cluster_name: "kontiki".into(),
        heartbeat_interval: 40,
        election_timeout_min: 150,
        election_timeout_max: 250,
        max_payload_entries: 1024,
        snapshot_policy: SnapshotPolicy::LogsSinceLast(2_000),
        max_in_snapshot_log_to_keep: 500,
        enable_pre_vote: Some(true),
        enable_leader_restore: Some(false),
        ..Config::default()
    }
}
