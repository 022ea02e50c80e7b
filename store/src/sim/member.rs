use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use super::dice::Dice;
use super::log_writer::{Disk, write_log};
use super::network::{Flight, SimNetwork};
use super::open_store::OpenStore;
use super::snapshots::{Images, MemorySnapshots};
use super::tables::{TableDisk, write_tables};
use crate::core::Core;
use crate::raft::{Parts, Running, StateMachine, Timing};
use crate::sqlite::health::Health;
use crate::sqlite::keyring::Keyring;
use crate::sqlite::log::{LogStore, Tail};
use crate::sqlite::table::Loaded;
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
    health: Health,
}

impl Member {
    pub fn new(id: u64, shared: Shared, disk: Disk) -> Self {
        let (tables, ended) = (Arc::default(), Arc::default());
        Self { id, disk, tables, clock_us: 0, shared, process: None, paused_until_ms: 0, missed_ms: 0, closing: false, ended }
    }

    /// Starts the process.
    pub fn start(&mut self) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (opened, health) = (Opened::default(), Health::default());
        let base = Base {
            id: self.id,
            disk: self.disk.clone(),
            tables: Arc::clone(&self.tables),
            shared: self.shared.clone(),
            health: health.clone(),
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
        let health =
            self.process.as_ref().filter(|_| !self.closing).and_then(|process| process.health.reason().map(str::to_owned));
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
        self.spawn(async move {
            let answer = handler.handle(flight.bytes.clone()).await;
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

/// What a process starts from.
struct Base {
    id: u64,
    disk: Disk,
    tables: Arc<Mutex<TableDisk>>,
    shared: Shared,
    health: Health,
    opened: Opened,
}

impl Base {
    /// Opens the store as `sqlite::engine` does, on disks of our own, and runs it until it is closed.
    async fn run(self) -> Result<(), OpenError> {
        let Self { id, disk, tables, shared, health, opened } = self;
        let Shared { network, images, keyring, window, log_entries } = shared;
        let Loaded { state, applied, membership, .. } = tables.lock().written().load(window);
        sync_log(&disk).await;
        let tail = open_log(&disk, applied.map_or(0, |applied| applied.index))?;
        let tail = Arc::new(RwLock::new(tail));
        let (commands, queue) = mpsc::unbounded_channel();
        tokio::spawn(write_log(disk.clone(), Arc::clone(&tail), queue));
        let log = LogStore::new(tail, Arc::new(disk.clone()), commands);
        let core = Core::new(state);
        let (table_commands, table_queue) = mpsc::channel(256);
        tokio::spawn(write_tables(Arc::clone(&tables), images.clone(), window, disk.mutant, table_queue));
        let machine =
            StateMachine::new(core.clone(), Arc::clone(&keyring), table_commands, health.clone(), (applied, membership));
        let sync = Duration::from_millis(disk.sync_ms.load(Ordering::Relaxed));
        let running = Running::start(Parts {
            member: crate::Member { id, address: format!("member-{id}:2380") },
            founds: id == 1,
            recovered: None,
            timing: Timing::of(sync, Duration::from_millis(5)),
            log_entries,
            log,
            machine,
            core: core.clone(),
            snapshots: Arc::new(MemorySnapshots { tables, images }),
            transport: Arc::new(network.transport(id)),
            health: health.clone(),
        });
        let running = running.await?;
        let (proposals, waiting) = mpsc::channel(4096);
        let front = OpenStore::new(core, running.replica.clone(), proposals, keyring, health);
        *opened.lock() = Some(Arc::new(front));
        running.run(waiting).await;
        *opened.lock() = None;
        Ok(())
    }
}

/// What the process before had written is made safe before anybody relies on it.
async fn sync_log(disk: &Disk) {
    tokio::time::sleep(Duration::from_millis(disk.sync_ms.load(Ordering::Relaxed))).await;
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
    if let Some((expected, row)) = (first..).zip(&content.rows).find(|(expected, row)| row.id.index != *expected) {
        return Err(OpenError::Damaged { file: "the log", what: format!("{} stands where {expected} should", row.id.index) });
    }
    Ok(Tail::starting(content.vote, content.purged, content.last(), content.committed()))
}
