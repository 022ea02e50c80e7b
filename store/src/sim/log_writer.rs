use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use openraft::storage::IOFlushed;
use parking_lot::{Mutex, RwLock};
use tokio::sync::mpsc;

use super::log_disk::{LogDisk, Write};
use super::mutant::Mutant;
use crate::raft::{Entry, TypeConfig};
use crate::sqlite::health::Health;
use crate::sqlite::log::{LogCommand, LogRow, OlderEntries, Tail};

/// The disk of one member's log, and how long it takes to make things safe.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub log: Arc<Mutex<LogDisk>>,
    /// Milliseconds of one sync.
    pub sync_ms: Arc<AtomicU64>,
    pub mutant: Option<Mutant>,
    pub flags: Arc<Mutex<Flags>>,
}

/// What becomes of the disk, and of the process at it.
#[derive(Debug, Default)]
pub struct Flags {
    /// What fails now.
    pub failing: Option<Failing>,
    /// Something has failed, and the log was not written anew since.
    pub suspect: bool,
    /// The log was lost, and not caught up with yet.
    pub recovering: bool,
    /// Where the process is to be killed.
    pub trap: Option<Trap>,
    /// Whether it is there.
    pub sprung: bool,
}

/// What fails on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// Nothing is written: it is full.
    Writes,
    /// What is written does not become safe.
    Syncs,
}

/// Between a write and its sync: where a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// An entry.
    Append,
    /// The first entry behind a cut.
    AfterCut,
    /// A vote.
    Vote,
    /// A cut.
    Cut,
    /// A purge.
    Purge,
}

/// Takes the place of the writer of `log.db`.
pub struct LogWriter {
    pub disk: Disk,
    pub tail: Arc<RwLock<Tail>>,
    pub health: Health,
    /// Whether nothing was written since the log was cut.
    pub cut: bool,
}

impl LogWriter {
    /// One at a time, appends that wait together.
    pub async fn run(mut self, mut commands: mpsc::UnboundedReceiver<LogCommand>) {
        const TAKEN: usize = 256;
        let mut taken = Vec::new();
        while commands.recv_many(&mut taken, TAKEN).await > 0 {
            let mut rows = Vec::new();
            let mut waiting = Vec::new();
            for command in taken.drain(..) {
                let ends = matches!(command, LogCommand::Close(_));
                let (write, reply) = match command {
                    LogCommand::Append { rows: more, committed, done } => {
                        rows.extend(more.into_iter().map(|row| (row, committed)));
                        waiting.push(done);
                        continue;
                    }
                    LogCommand::Vote(vote, reply) => (Some(Write::Vote(vote)), reply),
                    LogCommand::Truncate(last, reply) => (Some(Write::Truncate(last)), reply),
                    LogCommand::Purge(upto, reply) => (Some(Write::Purge(upto)), reply),
                    LogCommand::Flush(reply) | LogCommand::Close(reply) => (None, reply),
                };
                self.append(std::mem::take(&mut rows), std::mem::take(&mut waiting)).await;
                let done = match write {
                    Some(write) => self.other(write).await,
                    None => self.health.reason().map_or(Ok(()), |why| Err(io::Error::other(why.to_owned()))),
                };
                // Whoever asked may be gone.
                drop(reply.send(done));
                if ends {
                    return;
                }
            }
            self.append(rows, waiting).await;
        }
    }

    async fn append(&mut self, rows: Vec<(LogRow, u64)>, waiting: Vec<IOFlushed<TypeConfig>>) {
        if waiting.is_empty() {
            return;
        }
        let last = rows.last().map(|(row, _)| row.id.index);
        let traps = if std::mem::take(&mut self.cut) { [Trap::Append, Trap::AfterCut] } else { [Trap::Append; 2] };
        let write = |log: &mut LogDisk| {
            rows.into_iter().for_each(|(row, committed)| log.write(Write::Row(row, committed)));
            let end = log.content.last().map(|id| id.index);
            assert_eq!(end, last, "the log goes on behind the entry that was appended last: its tail was not cut");
        };
        let written = self.write(&traps, self.disk.mutant != Some(Mutant::LostSync), write).await;
        if written.is_ok() {
            last.into_iter().for_each(|index| self.tail.write().flushed(index));
        }
        for done in waiting {
            done.io_completed(written.as_ref().copied().map_err(|error| io::Error::other(error.to_string())));
        }
    }

    async fn other(&mut self, write: Write) -> io::Result<()> {
        let (trap, forgotten) = match &write {
            Write::Vote(_) => (Trap::Vote, Mutant::ForgottenVote),
            Write::Truncate(_) => (Trap::Cut, Mutant::UncutTail),
            Write::Purge(_) | Write::Row(..) => (Trap::Purge, Mutant::LostSync),
        };
        self.cut |= trap == Trap::Cut;
        let forgets = self.disk.mutant == Some(forgotten) && trap != Trap::Purge;
        let write = |log: &mut LogDisk| {
            if forgets {
            } else {
                log.write(write)
            }
        };
        self.write(&[trap], true, write).await
    }

    /// Writes and syncs, unless that fails, or the process ends in between.
    async fn write(&self, traps: &[Trap], syncs: bool, write: impl FnOnce(&mut LogDisk)) -> io::Result<()> {
        let failed = |what: &str| {
            self.disk.flags.lock().suspect = true;
            self.health.stop(what);
            Err(io::Error::other(what.to_owned()))
        };
        if let Some(why) = self.health.reason() {
            return Err(io::Error::other(why.to_owned()));
        }
        if self.disk.failing() == Some(Failing::Writes) {
            return failed("the disk is full");
        }
        let end = {
            let mut log = self.disk.log.lock();
            write(&mut log);
            log.end()
        };
        if self.disk.springs(traps) {
            std::future::pending::<()>().await;
        }
        self.disk.pause().await;
        if self.disk.failing() == Some(Failing::Syncs) {
            self.disk.log.lock().fail_sync();
            return failed("a sync fails");
        }
        if syncs {
            self.disk.log.lock().sync(end);
        }
        Ok(())
    }
}

impl Disk {
    /// As long as a sync takes.
    pub async fn pause(&self) {
        tokio::time::sleep(Duration::from_millis(self.sync_ms.load(Ordering::Relaxed))).await;
    }

    pub fn failing(&self) -> Option<Failing> {
        self.flags.lock().failing
    }

    /// Whether the process is to be killed at one of `traps`.
    fn springs(&self, traps: &[Trap]) -> bool {
        let mut flags = self.flags.lock();
        let springs = flags.trap.is_some_and(|trap| traps.contains(&trap));
        flags.sprung |= springs;
        springs
    }
}

/// Entries that are no longer in memory.
#[async_trait]
impl OlderEntries for Disk {
    async fn read(&self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        let log = self.log.lock();
        let rows = log.content.rows.iter().filter(|row| (start..end).contains(&row.id.index));
        rows.map(|row| row.clone().entry().map_err(io::Error::other)).collect()
    }

    async fn close(&self) {}
}
