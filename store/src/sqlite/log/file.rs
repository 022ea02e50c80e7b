use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteSynchronous;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::check::check;
use super::{LogRow, Tail};
use crate::raft::{Entry, LogId, Vote};
use crate::sqlite::OpenError;
use crate::sqlite::format::{LogIdForm, VoteForm};
use crate::sqlite::sql::{execute, int, options};

/// The file's name.
pub(crate) const FILE: &str = "log.db";
/// Format of tables and rows.
const FORMAT: u32 = 1;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS log (
        idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, node INTEGER NOT NULL, kind INTEGER NOT NULL,
        payload BLOB NOT NULL, crc INTEGER NOT NULL, committed INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 1;";

/// `log.db`, opened and checked, with one connection that only reads.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    reader: SqliteConnection,
}

impl LogFile {
    /// Opens the log in `folder`, makes it where it is missing, and checks it. Its tail has no entries yet.
    pub async fn open(folder: &Path) -> Result<(Self, Tail), OpenError> {
        let path = folder.join(FILE);
        let sql = OpenError::sql(FILE);
        let mut reader = options(&path, SqliteSynchronous::Full).connect().await.map_err(&sql)?;
        let found: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut reader).await.map_err(&sql)?;
        if found > FORMAT {
            return Err(OpenError::NewerFormat { file: FILE, found, known: FORMAT });
        }
        if found == 0 {
            execute(&mut reader, SCHEMA).await.map_err(&sql)?;
        }
        let mut file = Self { path, reader };
        let tail = file.tail().await?;
        Ok((file, tail))
    }

    /// A connection for the writer.
    pub async fn writer(&self) -> Result<SqliteConnection, OpenError> {
        let options = options(&self.path, SqliteSynchronous::Full).pragma("wal_autocheckpoint", "0");
        options.connect().await.map_err(OpenError::sql(FILE))
    }

    /// A connection for checkpoints beside the writer.
    pub async fn checkpointer(&self) -> Result<SqliteConnection, OpenError> {
        options(&self.path, SqliteSynchronous::Full).connect().await.map_err(OpenError::sql(FILE))
    }

    /// The entries from `start` up to and without `end`.
    pub async fn read(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, OpenError> {
        let query = "SELECT idx, term, node, kind, payload, crc FROM log WHERE idx >= ? AND idx < ? ORDER BY idx";
        let rows = sqlx::query(query).bind(int(start)).bind(int(end)).fetch_all(&mut self.reader).await;
        rows.map_err(OpenError::sql(FILE))?.iter().map(|row| LogRow::read(row)?.entry()).collect()
    }

    /// Ends the reading connection.
    pub async fn close(self) {
        if let Err(error) = self.reader.close().await {
            tracing::warn!(%error, "closing log.db");
        }
    }

    async fn tail(&mut self) -> Result<Tail, OpenError> {
        let vote: Option<VoteForm> = self.meta("vote").await?;
        let purged: Option<LogIdForm> = self.meta("purged").await?;
        let (vote, purged) = (vote.map(Vote::from), purged.map(LogId::from));
        let (last, committed) = check(&mut self.reader, purged, vote).await?;
        Ok(Tail::starting(vote, purged, last, committed))
    }

    async fn meta<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, OpenError> {
        let query = sqlx::query_scalar("SELECT v FROM meta WHERE k = ?").bind(name);
        let bytes: Option<Vec<u8>> = query.fetch_optional(&mut self.reader).await.map_err(OpenError::sql(FILE))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let damaged = |_| OpenError::Damaged { file: FILE, what: format!("{name} is undecodable") };
        postcard::from_bytes(&bytes).map(Some).map_err(damaged)
    }
}
