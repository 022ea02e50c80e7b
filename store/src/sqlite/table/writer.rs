use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::compact::{compact, shrink};
use super::place::Place;
use super::rewrap::rewrap;
use super::write::write;
use super::{CurrentSum, FILE, Loaded};
use crate::machine::Record;
use crate::raft::{LogId, SnapshotBytes, StoredMembership};
use crate::sqlite::health::Health;
use crate::sqlite::{OpenError, Retention};

/// Commands taken together, hence batches in one transaction.
const TAKEN: usize = 64;
/// Kilobytes of changes after which a transaction takes no more.
const ENOUGH_KILOBYTES: usize = 4 << 10;
/// The time from one transaction to the next: meanwhile batches gather, unless somebody waits for them. The log holds
/// them, so that what this costs is replay after a crash.
const APART: Duration = Duration::from_millis(50);
/// Commit time between two rounds of compaction.
const COMPACT_EVERY_US: i64 = 10_000_000;

/// What one log entry did.
#[derive(Debug)]
pub(crate) struct TableBatch {
    /// The commits that changed something.
    pub records: Vec<Arc<Record>>,
    /// The entry.
    pub applied: LogId,
    /// The members, where the entry changed them.
    pub membership: Option<StoredMembership>,
    /// The oldest revision the window needs.
    pub floor: Revision,
    /// Room for what waits, given back once this is written.
    pub room: Option<OwnedSemaphorePermit>,
}

/// What the one writer of the tables is asked for.
#[derive(Debug)]
pub(crate) enum TableCommand {
    /// Write down what an entry did.
    Apply(TableBatch),
    /// Answer once everything before is in the tables.
    Flush(oneshot::Sender<()>),
    /// Bring the tables to the disk for good and say how far they go. Dropped unanswered on failure.
    Checkpoint(oneshot::Sender<(Option<LogId>, StoredMembership)>),
    /// Put a copy that a peer sent in the place of the tables, and read it. Dropped unanswered on failure.
    Install(Arc<dyn SnapshotBytes>, oneshot::Sender<Loaded>),
    /// Put the sealed values of a slice of changes after this revision under the key that seals now, and say where to go
    /// on. Dropped unanswered on failure.
    Rewrap(i64, oneshot::Sender<Option<i64>>),
    /// The end.
    Close(oneshot::Sender<()>),
}

/// The one writer of `state.db`. After its first failed write it writes nothing more. Where the log has failed it goes on:
/// what it is given has been committed.
pub(crate) struct TableWriter {
    connection: SqliteConnection,
    place: Place,
    health: Health,
    retention: Retention,
    applied: Option<LogId>,
    membership: StoredMembership,
    current: CurrentSum,
    floor: Revision,
    newest: Time,
    compacted: Time,
    failed: bool,
    /// When the next transaction is due.
    due: Instant,
}

impl TableWriter {
    /// A writer whose tables go up to `applied`, with the sum of what is current then.
    pub fn new(
        connection: SqliteConnection,
        place: Place,
        health: Health,
        retention: Retention,
        (applied, membership): (Option<LogId>, StoredMembership),
        current: CurrentSum,
    ) -> Self {
        let (floor, newest, compacted) = (Revision::ZERO, Time::default(), Time::default());
        let (failed, due) = (false, Instant::now());
        Self { connection, place, health, retention, applied, membership, current, floor, newest, compacted, failed, due }
    }

    /// Works until it is closed. Batches are written at once where the last were written [`APART`] ago, together
    /// otherwise; compaction goes on while nothing waits.
    pub async fn run(mut self, mut commands: mpsc::Receiver<TableCommand>) {
        let mut taken = Vec::with_capacity(TAKEN);
        while commands.recv_many(&mut taken, TAKEN).await > 0 {
            gather(&mut commands, &mut taken, self.due).await;
            let mut batches = Vec::new();
            for command in taken.drain(..) {
                match command {
                    TableCommand::Apply(batch) => batches.push(batch),
                    other => {
                        self.write(std::mem::take(&mut batches)).await;
                        if let TableCommand::Close(reply) = other {
                            return self.close(reply).await;
                        }
                        self.other(other).await;
                    }
                }
            }
            self.write(batches).await;
            self.compact(&commands).await;
        }
    }

    async fn write(&mut self, batches: Vec<TableBatch>) {
        let Some(newest) = batches.last() else { return };
        if self.failed {
            return;
        }
        self.due = Instant::now() + APART;
        match write(&mut self.connection, &batches, self.current).await {
            Ok(current) => self.current = current,
            Err(error) => {
                self.failed = true;
                return self.health.fail(FILE, &error);
            }
        }
        self.applied = Some(newest.applied);
        self.floor = newest.floor;
        for batch in &batches {
            self.newest = batch.records.last().map_or(self.newest, |record| record.time);
            self.membership = batch.membership.clone().unwrap_or_else(|| self.membership.clone());
        }
    }

    async fn other(&mut self, command: TableCommand) {
        match command {
            TableCommand::Flush(reply) => {
                let _ = reply.send(());
            }
            TableCommand::Checkpoint(reply) => {
                if self.checkpoint().await {
                    let _ = reply.send((self.applied, self.membership.clone()));
                }
            }
            TableCommand::Install(copy, reply) => self.install(copy.as_ref(), reply).await,
            TableCommand::Rewrap(after, reply) => self.rewrap(after, reply).await,
            TableCommand::Apply(_) | TableCommand::Close(_) => {}
        }
    }

    async fn install(&mut self, copy: &dyn SnapshotBytes, reply: oneshot::Sender<Loaded>) {
        if self.health.reason().is_some() {
            return;
        }
        match self.place.install(&mut self.connection, copy).await {
            Ok((connection, loaded)) => {
                self.connection = connection;
                (self.applied, self.membership) = (loaded.applied, loaded.membership.clone());
                self.current = loaded.current;
                let _ = reply.send(loaded);
            }
            Err(error) => self.health.fail("taking a snapshot in", &error),
        }
    }

    async fn rewrap(&mut self, after: i64, reply: oneshot::Sender<Option<i64>>) {
        if self.health.reason().is_some() {
            return;
        }
        match rewrap(&mut self.connection, &self.place.keyring, after).await {
            Ok(next) => {
                let _ = reply.send(next);
            }
            Err(error) => tracing::error!(%error, "putting sealed values under the new key"),
        }
    }

    /// Brings everything to the disk; in write-ahead mode a checkpoint syncs both files.
    async fn checkpoint(&mut self) -> bool {
        if self.health.reason().is_some() {
            return false;
        }
        let query = sqlx::query_as("PRAGMA wal_checkpoint(FULL)");
        let result: Result<(i64, i64, i64), _> = query.fetch_one(&mut self.connection).await;
        match result {
            Ok((busy, _, _)) => busy == 0,
            Err(error) => {
                self.health.fail(FILE, &error);
                false
            }
        }
    }

    async fn compact(&mut self, waiting: &mpsc::Receiver<TableCommand>) {
        if self.newest.as_micros() - self.compacted.as_micros() < COMPACT_EVERY_US || self.health.reason().is_some() {
            return;
        }
        loop {
            match self.compact_slice().await {
                Ok(true) if waiting.is_empty() => {}
                Ok(true) => return,
                Ok(false) => break,
                Err(error) if error.is_damage() => return self.health.fail("compacting the past", &error),
                Err(error) => {
                    tracing::error!(%error, "compacting the past");
                    break;
                }
            }
        }
        self.compacted = self.newest;
    }

    /// Thins out the past by a slice; once it is thin, gives a slice of the room back. Returns whether there is more.
    async fn compact_slice(&mut self) -> Result<bool, OpenError> {
        let now_us = self.newest.as_micros();
        let more = compact(&mut self.connection, self.floor, now_us, self.retention).await?;
        Ok(more || shrink(&mut self.connection).await?)
    }

    async fn close(self, reply: oneshot::Sender<()>) {
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "closing state.db");
        }
        let _ = reply.send(());
    }
}

/// Takes more batches until the next are `due`, as long as there is room for them and nobody waits for an answer.
async fn gather(commands: &mut mpsc::Receiver<TableCommand>, taken: &mut Vec<TableCommand>, due: Instant) {
    while taken.len() < TAKEN && kilobytes(taken).is_some_and(|kilobytes| kilobytes < ENOUGH_KILOBYTES) {
        let room = TAKEN - taken.len();
        if !matches!(timeout_at(due, commands.recv_many(taken, room)).await, Ok(1..)) {
            return;
        }
    }
}

/// How much is to be written; `None` where somebody waits for an answer.
fn kilobytes(taken: &[TableCommand]) -> Option<usize> {
    let of = |command: &TableCommand| match command {
        TableCommand::Apply(batch) => Some(batch.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)),
        _ => None,
    };
    taken.iter().map(of).sum()
}
