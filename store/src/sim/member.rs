use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot, watch};

use super::dice::Dice;
use super::log_writer::{Disk, Flags, LogWriter};
use super::mutant::Mutant;
use super::network::{Flight, SimNetwork};
use super::open_store::OpenStore;
use super::snapshots::{Images, MemorySnapshots};
use super::tables::{BEHIND, TableDisk, write_tables};
use crate::core::Core;
use crate::machine::State;
use crate::raft::message::{Ask, Told, decode};
use crate::raft::{LogId, Parts, Proposing, Recovered, Running, StateMachine, Timing, queue};
use crate::sqlite::health::Health;
use crate::sqlite::keyring::Keyring;
use crate::sqlite::log::{LogStore, Tail, check_order};
use crate::sqlite::table::{Loaded, TableCommand};
use crate::{OpenError, WindowLimits};

/// The front of a member that is up and has opened its store.
pub type Opened = Arc<Mutex<Option<Arc<OpenStore>>>>;

/// What all members share.
#[derive(Clone)]
pub struct Shared {
    pub network: SimNetwork,
    pub images: Images,
    pub keyring: Arc<Keyring>,
    pub window: WindowLimits,
    pub log_entries: u64,
}

/// One member: its disks, which outlive it, and its process, where it runs.
pub struct Member {
    pub id: u64,
    pub disk: Disk,
    pub tables: Arc<Mutex<TableDisk>>,
    /// How far its wall clock is off, in microseconds.
    pub clock_us: i64,
    shared: Shared,
    process: Option<Process>,
    /// Until then it is not given the processor.
    paused_until_ms: u64,
    missed_ms: u64,
    /// Whether the process was asked to end.
    closing: bool,
    /// Why the process ended by itself, where it did.
    pub ended: Arc<Mutex<Option<String>>>,
}

/// A member's process: a runtime with a clock of its own. Dropping it is a SIGKILL.
struct Process {
    runtime: Runtime,
    opened: Opened,
    health: Arc<Mutex<Health>>,
}

impl Member {
    pub fn new(id: u64, shared: Shared, disk: Disk) -> Self {
        let (tables, ended) = (Arc::default(), Arc::default());
        Self { id, disk, tables, clock_us: 0, shared, process: None, paused_until_ms: 0, missed_ms: 0, closing: false, ended }
    }

    /// Starts the process.
    pub fn start(&mut self) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (opened, health) = (Opened::default(), Arc::<Mutex<Health>>::default());
        let base = Base {
            id: self.id,
            disk: self.disk.clone(),
            tables: Arc::clone(&self.tables),
            shared: self.shared.clone(),
            health: Arc::clone(&health),
            opened: Arc::clone(&opened),
        };
        let ended = Arc::clone(&self.ended);
        runtime.spawn(async move {
            if let Err(error) = base.run().await {
                *ended.lock() = Some(error.to_string());
            }
        });
        self.process = Some(Process { runtime, opened, health });
        (self.paused_until_ms, self.missed_ms, self.closing) = (0, 0, false);
    }

    /// Starts the process where it is not up.
    pub fn start_anew(&mut self) {
        if !self.is_up() {
            self.start();
        }
    }

    /// Ends the process at once; where the power fails, the disks lose what was not synced.
    pub fn kill(&mut self, dice: &mut Dice, power: bool) {
        if self.process.take().is_some() && power {
            self.disk.log.lock().crash(dice);
            self.tables.lock().crash(dice);
        }
    }

    /// Its files are lost, but for its vote.
    pub fn lose(&mut self, dice: &mut Dice) {
        self.kill(dice, false);
        self.disk.log.lock().lose();
        *self.tables.lock() = TableDisk::default();
        *self.disk.flags.lock() = Flags { recovering: true, ..Flags::default() };
    }

    /// Whether it holds everything that it ever held.
    pub fn is_whole(&self) -> bool {
        !self.disk.flags.lock().recovering
    }

    /// Another member of the same cluster, with empty disks.
    pub fn another(&self, id: u64, sync_ms: u64) -> Self {
        let sync_ms = Arc::new(AtomicU64::new(sync_ms));
        Self::new(id, self.shared.clone(), Disk { sync_ms, mutant: self.disk.mutant, ..Disk::default() })
    }

    /// How it is, for people.
    pub fn state(&self) -> String {
        let flags = self.disk.flags.lock();
        let log = self.disk.log.lock();
        let (up, last, vote) = (self.is_up(), log.content.last(), log.content.vote);
        let open = self.front().map(|front| {
            let members = front.replica.members.list();
            let members: Vec<_> = members.iter().map(|one| (one.member.id, one.voter, one.matched)).collect();
            format!("revision {}, {:?}, members {members:?}", front.core.revision(), *front.replica.leadership.borrow())
        });
        format!("member {}: up {up}, log to {last:?}, vote {vote:?}, {flags:?}, {}", self.id, open.unwrap_or_default())
    }

    /// Asks the process to end in an orderly way.
    pub fn close(&mut self) {
        if let (Some(process), Some(front)) = (&self.process, self.front()) {
            self.closing = true;
            process.runtime.spawn(async move { front.close().await });
        }
    }

    pub fn is_up(&self) -> bool {
        self.process.is_some()
    }

    pub fn is_paused(&self) -> bool {
        self.paused_until_ms > 0
    }

    /// It is not given the processor for so long.
    pub fn pause(&mut self, until_ms: u64) {
        self.paused_until_ms = until_ms;
    }

    /// The store, where it is open.
    pub fn front(&self) -> Option<Arc<OpenStore>> {
        self.process.as_ref().and_then(|process| process.opened.lock().clone())
    }

    /// Whether this member believes to lead.
    pub fn leads(&self) -> bool {
        self.front().is_some_and(|front| front.takes_commits())
    }

    /// Why it takes no more writes, where it does not.
    pub fn failure(&self) -> Option<String> {
        let is_told = !self.closing && !self.disk.flags.lock().suspect;
        let process = self.process.as_ref().filter(|_| is_told);
        let health = process.and_then(|process| process.health.lock().reason().map(str::to_owned));
        health.or_else(|| self.ended.lock().clone())
    }

    /// Runs a future in the process.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> bool {
        self.process.as_ref().map(|process| drop(process.runtime.spawn(future))).is_some()
    }

    /// Takes a message in.
    pub fn deliver(&self, flight: Flight) {
        if !flight.asks {
            // Whoever waited may have given up.
            let waiting = flight.waiting.lock().take();
            waiting.into_iter().for_each(|waiting| drop(waiting.send(flight.bytes.clone())));
            return;
        }
        let (Some(handler), network) = (self.shared.network.handler(self.id), self.shared.network.clone()) else { return };
        let (disk, ended) = (Arc::clone(&self.disk.log), Arc::clone(&self.ended));
        self.spawn(async move {
            let answer = handler.handle(flight.bytes.clone()).await;
            if let Some(index) = acknowledged(&flight.bytes, &answer).filter(|index| !disk.lock().holds(*index)) {
                *ended.lock() = Some(format!("it acknowledges entry {index}, which a power failure could take away"));
            }
            network.answer(&flight, answer);
        });
    }

    /// Lets the process run for `ms`, up to `now_ms`.
    pub fn step(&mut self, now_ms: u64, ms: u64) {
        let Some(process) = &self.process else { return };
        if self.paused_until_ms > now_ms {
            self.missed_ms += ms;
            return;
        }
        let missed = std::mem::take(&mut self.missed_ms);
        self.paused_until_ms = 0;
        process.runtime.block_on(async {
            if missed > 0 {
                // The clock went on meanwhile.
                tokio::time::advance(Duration::from_millis(missed)).await;
            }
            tokio::time::sleep(Duration::from_millis(ms)).await;
        });
    }
}

/// Up to which entry the log is acknowledged by `answer`.
fn acknowledged(asked: &Bytes, answer: &Bytes) -> Option<u64> {
    let (_, _, told, _) = decode::<Told>(answer).ok()?;
    match told {
        Told::AppendedUpTo(upto) => upto.map(|upto| LogId::from(upto).index),
        Told::Appended => {
            let (_, _, ask, _) = decode::<Ask>(asked).ok()?;
            let Ask::Append { previous, entries, .. } = ask else { return None };
            entries.last().map(|(id, ..)| *id).or(previous).map(|last| LogId::from(last).index)
        }
        _ => None,
    }
}

/// What a process starts from.
struct Base {
    id: u64,
    disk: Disk,
    tables: Arc<Mutex<TableDisk>>,
    shared: Shared,
    health: Arc<Mutex<Health>>,
    opened: Opened,
}

impl Base {
    /// Keeps a store running until it is closed, as `sqlite::keeper` does: whatever a disk that failed holds is written
    /// anew, once it takes writes.
    async fn run(self) -> Result<(), OpenError> {
        const LOOK: Duration = Duration::from_millis(100);
        let core = Core::new(State::new(self.shared.window));
        loop {
            let health = Health::default();
            *self.health.lock() = health.clone();
            if self.disk.flags.lock().suspect {
                while self.disk.failing().is_some() {
                    tokio::time::sleep(LOOK).await;
                }
                self.disk.pause().await;
                if self.disk.mutant != Some(Mutant::RetriedSync) {
                    self.disk.log.lock().renew();
                }
                self.disk.flags.lock().suspect = false;
            }
            match self.engine(&core, &health).await {
                Err(_) if self.disk.flags.lock().suspect => {}
                Err(error) => return Err(error),
                Ok(()) if health.reason().is_none() => return Ok(()),
                Ok(()) => {}
            }
        }
    }

    /// Opens the store as `sqlite::engine` does, on disks of our own, and runs it until it is closed or its disk fails.
    async fn engine(&self, core: &Core, health: &Health) -> Result<(), OpenError> {
        let Self { id, disk, tables, shared, opened, .. } = self;
        let Shared { network, images, keyring, window, log_entries } = shared.clone();
        let Loaded { state, applied, membership, .. } = tables.lock().written().load(window);
        if disk.mutant != Some(Mutant::UnsyncedStart) {
            sync_log(disk).await;
        }
        let tail = open_log(disk, applied.map_or(0, |applied| applied.index))?;
        let tail = Arc::new(RwLock::new(tail));
        let (commands, asked) = mpsc::unbounded_channel();
        let writer = LogWriter { disk: disk.clone(), tail: Arc::clone(&tail), health: health.clone(), cut: false };
        tokio::spawn(writer.run(asked));
        let log = LogStore::new(tail, Arc::new(disk.clone()), commands);
        let (table_commands, table_queue) = mpsc::channel(BEHIND);
        let writing = write_tables(Arc::clone(tables), images.clone(), window, disk.clone(), table_queue);
        let writing = tokio::spawn(writing);
        let progress = (applied, membership);
        let mut machine = StateMachine::new(core.clone(), Arc::clone(&keyring), table_commands.clone(), health.clone(), progress);
        machine.take_state(state);
        let sync = Duration::from_millis(disk.sync_ms.load(Ordering::Relaxed));
        let running = Running::start(Parts {
            member: crate::Member { id: *id, address: format!("member-{id}:2380") },
            founds: *id == 1,
            recovered: disk.recovered(),
            timing: Timing::of(sync, Duration::from_millis(5)),
            log_entries,
            log,
            machine,
            core: core.clone(),
            snapshots: Arc::new(MemorySnapshots { tables: Arc::clone(tables), images }),
            transport: Arc::new(network.transport(*id)),
            health: health.clone(),
            removed: watch::Sender::default(),
        });
        let running = running.await?;
        let (proposals, waiting) = queue(4096);
        let (stopped, closer) = (health.clone(), proposals.clone());
        tokio::spawn(async move {
            stopped.stopped().await;
            // Where nobody listens any more, it has ended already.
            closer.send(Proposing::Close).await;
        });
        let front = OpenStore::new(core.clone(), running.replica.clone(), proposals, keyring, health.clone());
        *opened.lock() = Some(Arc::new(front));
        running.run(waiting).await;
        *opened.lock() = None;
        let (reply, _) = oneshot::channel();
        if table_commands.send(TableCommand::Close(reply)).await.is_ok() {
            writing.await.map_err(|error| OpenError::Raft(error.to_string()))?;
        }
        Ok(())
    }
}

impl Disk {
    /// What to do once a lost log is caught up with.
    fn recovered(&self) -> Option<Recovered> {
        if !self.flags.lock().recovering || self.mutant == Some(Mutant::HastyVote) {
            return None;
        }
        let flags = Arc::clone(&self.flags);
        Some(Box::new(move || {
            flags.lock().recovering = false;
            Box::pin(std::future::ready(Ok(())))
        }))
    }
}

/// What the process before had written is made safe before anybody relies on it.
async fn sync_log(disk: &Disk) {
    disk.pause().await;
    let mut log = disk.log.lock();
    let end = log.end();
    log.sync(end);
}

fn open_log(disk: &Disk, applied: u64) -> Result<Tail, OpenError> {
    let log = disk.log.lock();
    let content = &log.content;
    let purged = content.purged.map_or(0, |purged| purged.index);
    if applied < purged {
        return Err(OpenError::StateBehindLog { applied, purged });
    }
    let first = content.rows.front().map_or(0, |row| row.id.index);
    let mut before = None;
    for (expected, row) in (first..).zip(&content.rows) {
        if row.id.index != expected {
            let what = format!("{} stands where {expected} should", row.id.index);
            return Err(OpenError::Damaged { file: "the log", what });
        }
        check_order(before, row.id)?;
        before = Some(row.id);
    }
    Ok(Tail::starting(content.vote, content.purged, content.last(), content.committed()))
}
