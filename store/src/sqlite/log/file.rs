use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::check::{check, check_order};
use super::migrate::migrate;
use super::row::COLUMNS;
use super::{Ahead, LogRow, Tail};
use crate::raft::{Entry, LogId, Vote};
use crate::sqlite::OpenError;
use crate::sqlite::format::{LogIdForm, VoteForm};
use crate::sqlite::meta::read_meta;
use crate::sqlite::sql::{Synchronous, closing, connect, execute, int, sync_database};
use crate::sqlite::wal::check_wal;

/// The file's name.
pub(crate) const FILE: &str = "log.db";
/// Format of tables and rows.
const FORMAT: u32 = 2;
/// Entries checked together,
const SLICE: i64 = 200;
/// and bytes after which no more are.
const SLICE_BYTES: usize = 1 << 20;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS log (
        idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, node INTEGER NOT NULL, kind INTEGER NOT NULL,
        payload BLOB NOT NULL, crc INTEGER NOT NULL, committed INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 2;";

/// `log.db`, opened and checked, with one connection that only reads.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    reader: SqliteConnection,
    /// The file itself, to sync it. As long as others have it open, it must stay so: closing it would end their locks.
    data: Arc<File>,
}

impl LogFile {
    /// Opens the log in `folder`, makes it where it is missing, brings it to this format, and checks it (with
    /// `every`, each entry of it). Its tail has no entries yet.
    pub async fn open(folder: &Path, every: bool) -> Result<(Self, Tail), OpenError> {
        let path = folder.join(FILE);
        let own = folder.to_owned();
        // A process that was killed may have written what it had not synced. From here on that is relied on.
        let ready = tokio::task::spawn_blocking(move || check_wal(&own, FILE).and_then(|()| sync_database(&own, FILE)));
        ready.await.map_err(|error| OpenError::File { path: path.clone(), source: io::Error::other(error) })??;
        let mut reader = connect(&path, Synchronous::Full).await.map_err(OpenError::sql(FILE))?;
        let tail = prepare(&mut reader, every).await;
        let (reader, tail) = closing(reader, tail).await?;
        let data = match File::open(&path) {
            Ok(data) => Arc::new(data),
            Err(source) => return Err(OpenError::File { path, source }),
        };
        Ok((Self { path, reader, data }, tail))
    }

    /// A connection for the writer.
    pub fn writer(&self) -> impl Future<Output = Result<SqliteConnection, OpenError>> + Send + use<> {
        let path = self.path.clone();
        async move {
            let sql = OpenError::sql(FILE);
            let mut writer = connect(&path, Synchronous::Full).await.map_err(&sql)?;
            execute(&mut writer, "PRAGMA wal_autocheckpoint = 0").await.map_err(&sql)?;
            Ok(writer)
        }
    }

    /// Keeps its write-ahead file ahead of the writer.
    pub fn ahead(&self) -> Ahead {
        Ahead::of(&self.path.with_extension("db-wal"))
    }

    /// The file itself, to sync it: whoever holds it lets go of it before this is closed.
    pub fn data(&self) -> Arc<File> {
        Arc::clone(&self.data)
    }

    /// A connection for checkpoints beside the writer.
    pub fn checkpointer(&self) -> impl Future<Output = Result<SqliteConnection, OpenError>> + Send + use<> {
        let path = self.path.clone();
        async move { connect(&path, Synchronous::Full).await.map_err(OpenError::sql(FILE)) }
    }

    /// The entries from `start` up to and without `end`.
    pub async fn read(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, OpenError> {
        let query = format!("SELECT {COLUMNS} FROM log WHERE idx >= ? AND idx < ? ORDER BY idx");
        let rows = sqlx::query(AssertSqlSafe(query)).bind(int(start)).bind(int(end)).fetch_all(&mut self.reader).await;
        rows.map_err(OpenError::sql(FILE))?.iter().map(|row| LogRow::read(row)?.entry()).collect()
    }

    /// Checks a slice of the entries behind `after`: each is what was written. Returns where it ends, and how many it had;
    /// `None` behind the last.
    pub async fn verify(&mut self, after: i64) -> Result<Option<(i64, u64)>, OpenError> {
        let sql = OpenError::sql(FILE);
        let query = format!("SELECT {COLUMNS} FROM log WHERE idx > ? ORDER BY idx LIMIT ?");
        let mut rows = sqlx::query(AssertSqlSafe(query)).bind(after).bind(SLICE).fetch(&mut self.reader);
        let (mut last, mut bytes, mut count) = (None, 0, 0);
        while bytes < SLICE_BYTES
            && let Some(row) = rows.try_next().await.map_err(&sql)?
        {
            let row = LogRow::read(&row)?;
            check_order(last, row.id)?;
            (last, bytes, count) = (Some(row.id), bytes + row.payload.len(), count + 1);
        }
        Ok(last.map(|last| (int(last.index), count)))
    }

    /// Writes a copy of the log to `path`, where nothing may lie yet, and closes it. Nothing may be writing.
    pub async fn copy(mut self, path: &Path) -> Result<(), OpenError> {
        let sql = OpenError::sql(FILE);
        let copied = sqlx::query("VACUUM INTO ?").bind(path.to_string_lossy().as_ref()).execute(&mut self.reader).await;
        let (reader, _) = closing(self.reader, copied).await.map_err(&sql)?;
        reader.close().await.map_err(&sql)
    }

    /// Ends the reading connection.
    pub async fn close(self) {
        if let Err(error) = self.reader.close().await {
            tracing::warn!(%error, "closing log.db");
        }
    }
}

/// Brings the log behind `reader` to this format, checks it, and says how far it goes.
async fn prepare(reader: &mut SqliteConnection, every: bool) -> Result<Tail, OpenError> {
    let sql = OpenError::sql(FILE);
    let found: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *reader).await.map_err(&sql)?;
    match found {
        0 => execute(reader, SCHEMA).await.map_err(&sql)?,
        FORMAT => {}
        1 => migrate(reader).await?,
        _ => return Err(OpenError::NewerFormat { file: FILE, found, known: FORMAT }),
    }
    let vote: Option<VoteForm> = read_meta(reader, FILE, "vote").await?;
    let purged: Option<LogIdForm> = read_meta(reader, FILE, "purged").await?;
    let (vote, purged) = (vote.map(Vote::from), purged.map(LogId::from));
    let (last, committed) = check(reader, purged, vote, every).await?;
    Ok(Tail::starting(vote, purged, last, committed))
}
