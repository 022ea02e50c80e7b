use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use openraft::storage::IOFlushed;
use parking_lot::{Mutex, RwLock};
use tokio::sync::{mpsc, oneshot};

use super::log_disk::{LogDisk, Write};
use super::mutant::Mutant;
use crate::raft::{Entry, TypeConfig};
use crate::sqlite::log::{LogCommand, LogRow, OlderEntries, Tail};

/// The disk of one member's log, and how long it takes to make things safe.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub log: Arc<Mutex<LogDisk>>,
    /// Milliseconds of one sync.
    pub sync_ms: Arc<AtomicU64>,
    pub mutant: Option<Mutant>,
}

/// Takes the place of the writer of `log.db`: one at a time, appends that wait together.
pub async fn write_log(disk: Disk, tail: Arc<RwLock<Tail>>, mut commands: mpsc::UnboundedReceiver<LogCommand>) {
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
            append(&disk, &tail, std::mem::take(&mut rows), std::mem::take(&mut waiting)).await;
            match write {
                Some(write) => other(&disk, write, reply).await,
                // Whoever asked may be gone.
                None => drop(reply.send(Ok(()))),
            }
            if ends {
                return;
            }
        }
        append(&disk, &tail, rows, waiting).await;
    }
}

async fn append(disk: &Disk, tail: &RwLock<Tail>, rows: Vec<(LogRow, u64)>, waiting: Vec<IOFlushed<TypeConfig>>) {
    if waiting.is_empty() {
        return;
    }
    let last = rows.last().map(|(row, _)| row.id.index);
    let end = {
        let mut log = disk.log.lock();
        rows.into_iter().for_each(|(row, committed)| log.write(Write::Row(row, committed)));
        log.end()
    };
    pause(disk).await;
    if disk.mutant != Some(Mutant::LostSync) {
        disk.log.lock().sync(end);
    }
    last.into_iter().for_each(|index| tail.write().flushed(index));
    waiting.into_iter().for_each(|done| done.io_completed(Ok(())));
}

async fn other(disk: &Disk, write: Write, reply: oneshot::Sender<io::Result<()>>) {
    let end = {
        let mut log = disk.log.lock();
        let forgets = disk.mutant == Some(Mutant::ForgottenVote) && matches!(write, Write::Vote(_));
        if !forgets {
            log.write(write);
        }
        log.end()
    };
    pause(disk).await;
    disk.log.lock().sync(end);
    // Whoever asked may be gone.
    let _ = reply.send(Ok(()));
}

async fn pause(disk: &Disk) {
    tokio::time::sleep(Duration::from_millis(disk.sync_ms.load(Ordering::Relaxed))).await;
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
