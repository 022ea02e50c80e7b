use std::io;
use std::sync::Arc;

use openraft::storage::IOFlushed;
use parking_lot::RwLock;
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{Ahead, Checkpointer, FILE, LogRow, Tail};
use crate::raft::{LogId, TypeConfig, Vote};
use crate::sqlite::format::{LogIdForm, VoteForm};
use crate::sqlite::health::Health;
use crate::sqlite::meta::write_meta;
use crate::sqlite::spare::Spare;
use crate::sqlite::sql::{insert_rows, int};

/// Appends up to so many rows are one statement of their own width, hence one transaction and one fsync.
const ONE_STATEMENT: usize = 16;
/// Bytes of entries between two background checkpoints: what appends find on the way to the disk before them.
const CHECKPOINT_EVERY: usize = 1 << 20;
/// Bytes of entries after which the write-ahead file is to be used from its start again. Under full load the checkpoints
/// beside the writer never catch up with its end: right behind one of them, the writer moves the little that is left.
const RESTART_EVERY: usize = 16 << 20;
/// More than this is not left to the writer, which holds up everybody meanwhile: the next checkpoint comes first.
const LEFT: usize = 1 << 20;
/// Bytes of entries after which it does so in any case, however much is left.
const RESTART_LATEST: usize = 64 << 20;
/// What a write costs in the write-ahead file beyond its entries.
const PER_WRITE: usize = 8 << 10;
/// Entries deleted at once; with an append of more, twice as many as it holds, so that what is not needed grows fewer.
const PURGED_AT_ONCE: usize = 64;
/// Commands taken together.
const TAKEN: usize = 256;
const COLUMNS: &str = "INSERT INTO log (idx, term, node, kind, payload, crc, committed) VALUES";

/// What the one writer of the log is asked for. A reply comes once it is on disk.
pub(crate) enum LogCommand {
    /// Entries behind the newest.
    Append {
        /// The entries.
        rows: Vec<LogRow>,
        /// The index behind the newest committed entry.
        committed: u64,
        /// Told once they are on disk.
        done: IOFlushed<TypeConfig>,
    },
    /// A vote.
    Vote(Vote, oneshot::Sender<io::Result<()>>),
    /// Nothing after this is valid.
    Truncate(Option<LogId>, oneshot::Sender<io::Result<()>>),
    /// Nothing up to this is needed.
    Purge(LogId, oneshot::Sender<io::Result<()>>),
    /// Answer once everything before is on disk.
    Flush(oneshot::Sender<io::Result<()>>),
    /// The end.
    Close(oneshot::Sender<io::Result<()>>),
}

/// The one writer of `log.db`. After the first failed write it writes nothing more.
pub(crate) struct LogWriter {
    connection: SqliteConnection,
    tail: Arc<RwLock<Tail>>,
    spare: Arc<Spare>,
    health: Health,
    checkpoints: Option<Checkpointer>,
    ahead: Ahead,
    unchecked: usize,
    wal: usize,
    /// Up to where entries are being deleted.
    purging: Option<LogId>,
}

impl LogWriter {
    /// A writer on `connection`, whose write-ahead file is kept `ahead`. It asks `checkpoints` for one now and then, and
    /// keeps in `spare` what must not be forgotten.
    pub fn new(
        (connection, ahead): (SqliteConnection, Ahead),
        tail: Arc<RwLock<Tail>>,
        spare: Arc<Spare>,
        health: Health,
        checkpoints: Option<Checkpointer>,
    ) -> Self {
        // A purge that did not come to its end goes on.
        let purging = tail.read().purged;
        Self { connection, tail, spare, health, checkpoints, ahead, unchecked: 0, wal: 0, purging }
    }

    /// Works until it is closed. Appends that wait are written together; what is not needed is deleted in slices
    /// between them.
    pub async fn run(mut self, mut commands: mpsc::UnboundedReceiver<LogCommand>) {
        let mut taken = Vec::with_capacity(TAKEN);
        loop {
            if self.purging.is_some() && commands.is_empty() {
                self.purge_slice().await;
                continue;
            }
            if commands.recv_many(&mut taken, TAKEN).await == 0 {
                return;
            }
            let mut rows = Vec::new();
            let mut waiting = Vec::new();
            for command in taken.drain(..) {
                match command {
                    LogCommand::Append { rows: more, committed, done } => {
                        rows.extend(more.into_iter().map(|row| (row, committed)));
                        waiting.push(done);
                    }
                    other => {
                        self.append(std::mem::take(&mut rows), std::mem::take(&mut waiting)).await;
                        if let LogCommand::Close(reply) = other {
                            return self.close(reply).await;
                        }
                        self.other(other).await;
                    }
                }
            }
            self.append(rows, waiting).await;
            self.restart_wal().await;
            self.ahead.reach(self.wal as u64).await;
        }
    }

    async fn append(&mut self, rows: Vec<(LogRow, u64)>, waiting: Vec<IOFlushed<TypeConfig>>) {
        if waiting.is_empty() {
            return;
        }
        let result = match self.health.reason() {
            Some(why) => Err(io::Error::other(why.to_owned())),
            None => match self.write(&rows).await {
                Ok(()) => self.keep_members(&rows).await,
                Err(error) => Err(io::Error::other(error)),
            },
        };
        match &result {
            Ok(()) => self.written(&rows),
            Err(error) => self.health.fail(FILE, error),
        }
        for done in waiting {
            done.io_completed(result.as_ref().map(|_| ()).map_err(|error| io::Error::other(error.to_string())));
        }
    }

    fn written(&mut self, rows: &[(LogRow, u64)]) {
        if let Some((row, _)) = rows.last() {
            self.tail.write().flushed(row.id.index);
        }
        let bytes = rows.iter().map(|(row, _)| row.payload.len()).sum::<usize>() + PER_WRITE;
        self.unchecked += bytes;
        self.wal += bytes;
        if self.unchecked > CHECKPOINT_EVERY {
            self.unchecked = 0;
            self.checkpoints.iter().for_each(Checkpointer::ask);
        }
    }

    /// Moves the rest of the write-ahead file to its place once the file has grown: the next write begins it anew.
    /// Where something else holds it, later.
    async fn restart_wal(&mut self) {
        let is_behind = || self.unchecked < LEFT && self.checkpoints.as_ref().is_some_and(Checkpointer::has_ended);
        let due = self.wal > RESTART_LATEST || (self.wal > RESTART_EVERY && is_behind());
        if !due || self.health.reason().is_some() {
            return;
        }
        let moved = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut self.connection).await;
        match moved {
            Ok((0_i64, written, moved)) if written == moved => self.wal = 0,
            Ok::<(i64, i64, i64), _>(_) => {}
            Err(error) => self.health.fail(FILE, &error),
        }
    }

    /// Writes `rows`, each with the index behind the newest committed entry, at once, and deletes some of what is not
    /// needed with the same fsync.
    pub async fn write(&mut self, rows: &[(LogRow, u64)]) -> Result<(), sqlx::Error> {
        if rows.is_empty() {
            return Ok(());
        }
        if rows.len() > ONE_STATEMENT || self.purging.is_some() {
            let mut transaction = self.connection.begin().await?;
            insert_rows(&mut transaction, COLUMNS, 7, rows, bind).await?;
            let deleted = match self.purging {
                Some(upto) => delete_slice(&mut transaction, upto, PURGED_AT_ONCE.max(rows.len() * 2)).await?,
                None => 0,
            };
            transaction.commit().await?;
            self.purging = self.purging.filter(|_| deleted > 0);
            return Ok(());
        }
        let mut arguments = sqlx::sqlite::SqliteArguments::default();
        for row in rows {
            bind(&mut arguments, row).map_err(sqlx::Error::Encode)?;
        }
        let sql = format!("{COLUMNS} {}", vec!["(?,?,?,?,?,?,?)"; rows.len()].join(","));
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut self.connection).await.map(|_| ())
    }

    /// Takes down who the members are now, where `rows` say so.
    async fn keep_members(&self, rows: &[(LogRow, u64)]) -> io::Result<()> {
        let Some(members) = rows.iter().rev().find_map(|(row, _)| row.members()) else { return Ok(()) };
        keep(&self.spare, move |spare| spare.put_members(&members)).await
    }

    async fn vote(&mut self, vote: Vote) -> io::Result<()> {
        self.meta("vote", &VoteForm::from(&vote)).await?;
        keep(&self.spare, move |spare| spare.put_vote(&vote)).await
    }

    async fn other(&mut self, command: LogCommand) {
        let (result, reply) = match command {
            LogCommand::Vote(vote, reply) => (self.vote(vote).await, reply),
            LogCommand::Truncate(last, reply) => (self.truncate(last).await, reply),
            LogCommand::Purge(upto, reply) => (self.purge(upto).await, reply),
            LogCommand::Flush(reply) => (self.unharmed(), reply),
            LogCommand::Append { .. } | LogCommand::Close(_) => return,
        };
        if let Err(error) = &result {
            self.health.fail(FILE, error);
        }
        let _ = reply.send(result);
    }

    /// Writes `value` under `name`.
    pub async fn meta(&mut self, name: &'static str, value: &impl serde::Serialize) -> io::Result<()> {
        write_meta(&mut self.connection, name, value).await.map_err(io::Error::other)
    }

    /// Whether everything so far was written.
    fn unharmed(&self) -> io::Result<()> {
        self.health.reason().map_or(Ok(()), |why| Err(io::Error::other(why.to_owned())))
    }

    async fn truncate(&mut self, last: Option<LogId>) -> io::Result<()> {
        let from = last.map_or(0, |last| int(last.index) + 1);
        let query = sqlx::query("DELETE FROM log WHERE idx >= ?").bind(from);
        query.execute(&mut self.connection).await.map(|_| ()).map_err(io::Error::other)
    }

    /// The mark goes first: a log that begins before its mark is whole, one that begins after it has a gap.
    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        self.meta("purged", &LogIdForm::from(&upto)).await?;
        self.purging = Some(upto);
        Ok(())
    }

    /// Deletes some of what is not needed, while nothing is appended.
    async fn purge_slice(&mut self) {
        let Some(upto) = self.purging.filter(|_| self.health.reason().is_none()) else {
            self.purging = None;
            return;
        };
        match delete_slice(&mut self.connection, upto, PURGED_AT_ONCE).await {
            Ok(0) => self.purging = None,
            Ok(_) => self.wal += PER_WRITE,
            Err(error) => self.health.fail(FILE, &error),
        }
    }

    /// Deletes what is not needed, and ends the connection.
    pub async fn close(mut self, reply: oneshot::Sender<io::Result<()>>) {
        while self.purging.is_some() {
            self.purge_slice().await;
        }
        if let Some(checkpoints) = self.checkpoints {
            checkpoints.close().await;
        }
        let _ = reply.send(self.connection.close().await.map_err(io::Error::other));
    }
}

/// Deletes the oldest entries up to `upto`, at most `most`; returns how many.
async fn delete_slice(log: &mut SqliteConnection, upto: LogId, most: usize) -> Result<u64, sqlx::Error> {
    // One bound: of two, SQLite would look through everything below the first.
    let sql = "DELETE FROM log WHERE idx < min(?1 + 1, (SELECT MIN(idx) FROM log) + ?2)";
    let deleted = sqlx::query(sql).bind(int(upto.index)).bind(int(most as u64)).execute(log).await;
    Ok(deleted?.rows_affected())
}

/// Writes to the second copy without holding up what else runs on this thread.
async fn keep(spare: &Arc<Spare>, write: impl FnOnce(&Spare) -> io::Result<()> + Send + 'static) -> io::Result<()> {
    let spare = Arc::clone(spare);
    tokio::task::spawn_blocking(move || write(&spare)).await.map_err(io::Error::other)?
}

fn bind(arguments: &mut sqlx::sqlite::SqliteArguments, (row, committed): &(LogRow, u64)) -> Result<(), sqlx::error::BoxDynError> {
    Arguments::add(arguments, int(row.id.index))?;
    Arguments::add(arguments, int(row.id.leader_id.term))?;
    Arguments::add(arguments, int(row.id.leader_id.node_id))?;
    Arguments::add(arguments, i64::from(row.kind))?;
    Arguments::add(arguments, &row.payload[..])?;
    Arguments::add(arguments, row.crc(*committed))?;
    Arguments::add(arguments, int(*committed))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::LogFile;
    use super::*;
    use crate::raft::LeaderId;

    fn row(index: u64) -> (LogRow, u64) {
        let id = LogId::new(LeaderId { term: 1, node_id: 1 }, index);
        (LogRow { id, kind: 0, payload: Bytes::new() }, 0)
    }

    #[tokio::test]
    async fn a_purge_beside_large_appends_comes_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let (file, tail) = LogFile::open(folder.path(), true).await.unwrap();
        let (tail, spare) = (Arc::new(RwLock::new(tail)), Arc::new(Spare::open(folder.path()).unwrap()));
        let mut writer = LogWriter::new((file.writer().await.unwrap(), file.ahead()), tail, spare, Health::default(), None);
        let append = |from: u64| (from..from + 1000).map(row).collect::<Vec<_>>();
        for from in [1, 1001, 2001, 3001] {
            writer.write(&append(from)).await.unwrap();
        }
        writer.purge(row(3000).0.id).await.unwrap();
        for from in [4001, 5001, 6001] {
            writer.write(&append(from)).await.unwrap();
        }
        let left: Result<i64, _> = sqlx::query_scalar("SELECT MIN(idx) FROM log").fetch_one(&mut writer.connection).await;
        assert_eq!(left.unwrap(), 3001);
        assert_eq!(writer.purging, None);
        writer.connection.close().await.unwrap();
        file.close().await;
    }
}
