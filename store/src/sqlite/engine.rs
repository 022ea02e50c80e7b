use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot, watch};

use super::config::Start;
use super::health::Health;
use super::keyring::Keyring;
use super::lock::FolderLock;
use super::log::{Checkpointer, FileEntries, LogFile, LogStore, LogWriter, Tail};
use super::repair::{Files, Opening};
use super::scrub::{Scrub, Scrubbed};
use super::spare::Spare;
use super::sql::{Synchronous, connect};
use super::table::{FILE, Loaded, Past, Place, TableCommand, TableCopies, TableWriter};
use super::{OpenError, SqliteConfig};
use crate::core::Core;
use crate::peers::Transport;
use crate::raft::{
    Parts, Proposals, Proposing, Recovered, Replica, Running, StateMachine, StoredMembership, Timing, Waiting, measure_sync,
    queue,
};

/// Commits that may wait for the proposer.
const WAITING: usize = 4096;
/// Entries that may wait for the table writer; behind that, applying waits.
const BEHIND: usize = 4096;

/// The running machinery as the store sees it.
pub(super) struct Engine {
    /// Whether it takes writes.
    pub health: Health,
    /// Where commits go.
    pub proposals: Proposals,
    /// The table writer.
    pub tables: mpsc::Sender<TableCommand>,
    /// The past.
    pub past: Arc<Past>,
    /// This member among the others.
    pub replica: Replica,
    /// The runtime of Raft: what changes the members runs there.
    pub runtime: tokio::runtime::Handle,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Engine {
    /// Hands the leadership over where there is somebody to lead, writes what is pending, closes the files but for
    /// reads of the past.
    pub async fn end(&self) {
        self.proposals.send(Proposing::Close).await;
        let threads = std::mem::take(&mut *self.threads.lock());
        let tables = self.tables.clone();
        let joined = tokio::task::spawn_blocking(move || join(threads, &tables)).await;
        if let Err(error) = joined {
            tracing::warn!(%error, "ending the store's threads");
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("health", &self.health).finish_non_exhaustive()
    }
}

/// The Raft thread ends first; then the tables take down what it left.
fn join(mut threads: Vec<JoinHandle<()>>, tables: &mpsc::Sender<TableCommand>) {
    let Some(raft) = threads.pop() else { return };
    let mut ended = raft.join();
    let (reply, _) = oneshot::channel();
    if tables.blocking_send(TableCommand::Close(reply)).is_ok() {
        for thread in threads {
            ended = ended.and(thread.join());
        }
    }
    if ended.is_err() {
        tracing::error!("a thread of the store has panicked");
    }
}

/// What engines of one store have in common.
#[derive(Clone)]
pub(super) struct Starting {
    /// The folder, and who this is.
    pub config: SqliteConfig,
    /// The way to peers.
    pub transport: Arc<dyn Transport>,
    /// Held as long as an engine runs.
    pub lock: Arc<FolderLock>,
    /// Opens sealed values.
    pub keyring: Arc<Keyring>,
    /// The state as readers see it. It never goes back.
    pub core: Core,
    /// How far the files have been looked through.
    pub scrubbed: Arc<Scrubbed>,
    /// Told once this member is out of the cluster.
    pub removed: watch::Sender<bool>,
}

impl std::fmt::Debug for Starting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Starting").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Starting {
    /// Lets `past` be read again, where the tables open at all.
    pub async fn reopen_past(&self, past: &Past) {
        match connect(&self.config.folder.join(FILE), Synchronous::Normal).await {
            Ok(connection) => past.reopen(connection).await,
            Err(error) => tracing::warn!(%error, "the past cannot be read"),
        }
    }

    /// Starts the threads: one for Raft, its network, the log writer and the proposer, one for the tables. Neither
    /// shares its runtime with anything else. With `again`, the files have run into an error: they are checked in full,
    /// and the log is written anew.
    pub async fn start(self, again: bool) -> Result<Engine, OpenError> {
        let Self { config, transport, lock, keyring, core, scrubbed, removed } = self;
        let health = Health::default();
        let spare = Arc::new(Spare::open(&config.folder)?);
        let opening = Opening { config: &config, keyring: &keyring, spare: &spare, every: again };
        if again {
            opening.renew_log().await?;
        }
        let Files { log, tail, tables: file, writer: connection, loaded, recovering } = opening.open().await?;
        let Loaded { state, applied, membership, current } = loaded;
        let past = Arc::new(Past::new(file.connect().await?, keyring.clone()));
        let progress = (applied, membership.clone());
        let (tables, commands) = mpsc::channel(BEHIND);
        let place = Place { folder: config.folder.clone(), keyring: keyring.clone(), window: config.window, past: past.clone() };
        let writer = TableWriter::new(connection, place, health.clone(), config.retention, progress.clone(), current);
        let (table_thread, _) = spawn("kontiki-tables", lock.clone(), move || writer.run(commands))?;
        let mut machine = StateMachine::new(core.clone(), keyring, tables.clone(), health.clone(), progress);
        machine.take_state(state);
        let (proposals, waiting) = queue(WAITING);
        let (ready, started) = oneshot::channel();
        let copies = TableCopies::new(file);
        let reading = Reading { scrubbed, past: past.clone() };
        let base = Base { config, log, tail, spare, recovering, copies, transport, core, membership, reading, removed };
        let raft_health = health.clone();
        let run = move || run_raft(base, machine, raft_health, waiting, ready);
        let (raft_thread, runtime) = spawn("kontiki-raft", lock, run)?;
        let threads = Mutex::new(vec![table_thread, raft_thread]);
        let started = started.await.unwrap_or_else(|_| Err(OpenError::Raft("its thread ended".into())));
        let replica = match started {
            Ok(replica) => replica,
            Err(error) => {
                // Somebody may open the files again: they must be closed before.
                past.close().await;
                let _ = tokio::task::spawn_blocking(move || join(threads.into_inner(), &tables)).await;
                return Err(health.refusal().unwrap_or(error));
            }
        };
        Ok(Engine { health, proposals, tables, past, replica, runtime, threads })
    }
}

/// What the Raft thread starts from.
struct Base {
    config: SqliteConfig,
    log: LogFile,
    tail: Tail,
    spare: Arc<Spare>,
    recovering: bool,
    copies: TableCopies,
    transport: Arc<dyn Transport>,
    core: Core,
    membership: StoredMembership,
    reading: Reading,
    removed: watch::Sender<bool>,
}

/// Where the tables are looked through, and where that is noted.
struct Reading {
    scrubbed: Arc<Scrubbed>,
    past: Arc<Past>,
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
    waiting: Waiting,
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
    let Base { config, log, tail, spare, recovering, copies, transport, core, membership, reading, removed } = base;
    let (log, entries) = start_log(log, tail, &spare, health).await?;
    let recovered: Option<Recovered> = if recovering { Some(Box::new(move || Box::pin(caught_up(spare)))) } else { None };
    let timing = match config.timing {
        Some(timing) => timing,
        None => measured(&config, &membership).await?,
    };
    tracing::info!(?timing, "election timing");
    let scrubbing = config.scrubbing;
    let running = Running::start(Parts {
        member: config.member,
        founds: config.start == Start::Found,
        recovered,
        timing,
        log_entries: config.log_entries,
        log,
        machine,
        core,
        snapshots: Arc::new(copies),
        transport,
        health: health.clone(),
        removed,
    });
    let running = running.await?;
    let (Reading { scrubbed, past }, health, replica) = (reading, health.clone(), running.replica.clone());
    tokio::spawn(Scrub { scrubbing, scrubbed, log: entries, past, health, replica }.run());
    Ok(running)
}

/// Takes down that nothing is missing any more.
async fn caught_up(spare: Arc<Spare>) -> io::Result<()> {
    tokio::task::spawn_blocking(move || spare.put_recovering(false)).await.map_err(io::Error::other).flatten()
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

async fn start_log(
    file: LogFile,
    tail: Tail,
    spare: &Arc<Spare>,
    health: &Health,
) -> Result<(LogStore, Arc<FileEntries>), OpenError> {
    let tail = Arc::new(RwLock::new(tail));
    let checkpoints = Some(Checkpointer::start(file.checkpointer().await?, file.data(), health.clone()));
    let writer = LogWriter::new((file.writer().await?, file.ahead()), tail.clone(), spare.clone(), health.clone(), checkpoints);
    let (commands, queue) = mpsc::unbounded_channel();
    tokio::spawn(writer.run(queue));
    let entries = Arc::new(FileEntries::new(file));
    Ok((LogStore::new(tail, entries.clone(), commands), entries))
}
