use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::config::Start;
use super::health::Health;
use super::keyring::Keyring;
use super::lock::FolderLock;
use super::log::{FileEntries, LogFile, LogStore, LogWriter};
use super::table::{Loaded, Past, Place, TableCommand, TableCopies, TableFile, TableWriter};
use super::{OpenError, SqliteConfig};
use crate::core::Core;
use crate::peers::Transport;
use crate::raft::{Parts, Proposing, Replica, Running, StateMachine, StoredMembership, Timing, measure_sync};

/// Commits that may wait for the proposer.
const WAITING: usize = 4096;
/// Entries that may wait for the table writer; behind that, applying waits.
const BEHIND: usize = 256;

/// The running machinery as the store sees it.
pub(super) struct Engine {
    /// The state.
    pub core: Core,
    /// Where commits go.
    pub proposals: mpsc::Sender<Proposing>,
    /// The table writer.
    pub tables: mpsc::Sender<TableCommand>,
    /// The past.
    pub past: Arc<Past>,
    /// This member among the others.
    pub replica: Replica,
    /// The runtime of Raft: what changes the members runs there.
    pub runtime: tokio::runtime::Handle,
    /// Ends when everything is written and closed.
    pub threads: Vec<JoinHandle<()>>,
}

/// Starts the threads: one for Raft, its network, the log writer and the proposer, one for the tables. Neither
/// shares its runtime with anything else.
pub(super) async fn start(
    config: SqliteConfig,
    transport: Arc<dyn Transport>,
    lock: Arc<FolderLock>,
    keyring: Arc<Keyring>,
    health: Health,
) -> Result<Engine, OpenError> {
    let (file, mut connection) = TableFile::open(&config.folder).await?;
    let Loaded { state, applied, membership } = Loaded::read(&mut connection, &keyring, config.window).await?;
    let past = Arc::new(Past::new(file.connect().await?, keyring.clone()));
    let core = Core::new(state);
    let progress = (applied, membership.clone());
    let (tables, commands) = mpsc::channel(BEHIND);
    let place = Place { folder: config.folder.clone(), keyring: keyring.clone(), window: config.window, past: past.clone() };
    let writer = TableWriter::new(connection, place, health.clone(), config.retention, progress.clone());
    let (table_thread, _) = spawn("kontiki-tables", lock.clone(), move || writer.run(commands))?;
    let machine = StateMachine::new(core.clone(), keyring, tables.clone(), health.clone(), progress);
    let (proposals, waiting) = mpsc::channel(WAITING);
    let (ready, started) = oneshot::channel();
    let base = Base { config, copies: TableCopies::new(file), transport, core: core.clone(), membership };
    let (raft_thread, runtime) = spawn("kontiki-raft", lock, move || run_raft(base, machine, health, waiting, ready))?;
    let replica = started.await.map_err(|_| OpenError::Raft("its thread ended".into()))??;
    let threads = vec![table_thread, raft_thread];
    Ok(Engine { core, proposals, tables, past, replica, runtime, threads })
}

/// What the Raft thread starts from.
struct Base {
    config: SqliteConfig,
    copies: TableCopies,
    transport: Arc<dyn Transport>,
    core: Core,
    membership: StoredMembership,
}

/// A thread with a runtime of its own that runs one future and holds the folder until it is through.
fn spawn<F>(
    name: &str,
    lock: Arc<FolderLock>,
    make: impl FnOnce() -> F + Send + 'static,
) -> Result<(JoinHandle<()>, tokio::runtime::Handle), OpenError>
where
    F: Future<Output = ()>,
{
    let failed = |source| OpenError::File { path: name.into(), source };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let handle = runtime.handle().clone();
    let body = move || {
        runtime.block_on(make());
        drop(lock);
    };
    let thread = std::thread::Builder::new().name(name.into()).spawn(body).map_err(failed)?;
    Ok((thread, handle))
}

async fn run_raft(
    base: Base,
    machine: StateMachine,
    health: Health,
    waiting: mpsc::Receiver<Proposing>,
    ready: oneshot::Sender<Result<Replica, OpenError>>,
) {
    match start_raft(base, machine, &health).await {
        Ok(running) => {
            let _ = ready.send(Ok(running.replica.clone()));
            running.run(waiting).await;
        }
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    }
}

async fn start_raft(base: Base, machine: StateMachine, health: &Health) -> Result<Running, OpenError> {
    let Base { config, copies, transport, core, membership } = base;
    let log = start_log(&config, &machine, health).await?;
    let timing = match config.timing {
        Some(timing) => timing,
        None => measured(&config, &membership).await?,
    };
    tracing::info!(?timing, "election timing");
    Running::start(Parts {
        member: config.member,
        founds: config.start == Start::Found,
        timing,
        log_entries: config.log_entries,
        log,
        machine,
        core,
        snapshots: Arc::new(copies),
        incoming: config.folder.join("incoming.db"),
        transport,
        health: health.clone(),
    })
    .await
}

/// Timing that suits this disk and the way to the peers that answer at once.
async fn measured(config: &SqliteConfig, membership: &StoredMembership) -> Result<Timing, OpenError> {
    const PATIENCE: Duration = Duration::from_millis(200);
    let failed = |source| OpenError::File { path: config.folder.clone(), source };
    let sync = measure_sync(&config.folder).map_err(failed)?;
    let mut round_trip = Duration::ZERO;
    for (id, node) in membership.membership().nodes() {
        if *id == config.member.id {
            continue;
        }
        let start = tokio::time::Instant::now();
        if let Ok(Ok(_)) = tokio::time::timeout(PATIENCE, tokio::net::TcpStream::connect(&node.addr)).await {
            round_trip = round_trip.max(start.elapsed());
        }
    }
    Ok(Timing::of(sync, round_trip))
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
    Ok(LogStore::new(tail, Arc::new(FileEntries::new(file)), commands))
}

/// Moves the write-ahead part of `log.db` into its place beside the writer, whenever asked.
async fn checkpoint(mut connection: sqlx::SqliteConnection, mut due: mpsc::Receiver<()>) {
    while due.recv().await.is_some() {
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await {
            tracing::warn!(%error, "checkpointing log.db");
        }
    }
}
