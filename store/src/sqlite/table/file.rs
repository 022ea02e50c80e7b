use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteSynchronous;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::sqlite::OpenError;
use crate::sqlite::sql::{execute, options};

/// The file's name.
pub(crate) const FILE: &str = "state.db";
/// Format of tables and rows.
const FORMAT: u32 = 1;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS commits (
        last INTEGER PRIMARY KEY, first INTEGER NOT NULL, time INTEGER NOT NULL, id BLOB NOT NULL,
        verb INTEGER NOT NULL, manager TEXT NOT NULL, origin BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS change (
        rev INTEGER PRIMARY KEY, last INTEGER NOT NULL,
        resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
        previous INTEGER, deleted INTEGER NOT NULL, sealed INTEGER NOT NULL, keep INTEGER NOT NULL,
        splice INTEGER NOT NULL, head BLOB NOT NULL, value BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS change_by_key ON change (resource, namespace, name, rev);
    CREATE TABLE IF NOT EXISTS current (rev INTEGER PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 1;";

/// `state.db`.
#[derive(Clone, Debug)]
pub(crate) struct TableFile {
    path: PathBuf,
}

impl TableFile {
    /// Opens the tables in `folder` and makes them where they are missing; the connection is the writer's.
    pub async fn open(folder: &Path) -> Result<(Self, SqliteConnection), OpenError> {
        let file = Self { path: folder.join(FILE) };
        let mut writer = file.connect().await?;
        let sql = OpenError::sql(FILE);
        execute(&mut writer, "PRAGMA cache_size = -4096").await.map_err(&sql)?;
        let found: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut writer).await.map_err(&sql)?;
        if found > FORMAT {
            return Err(OpenError::NewerFormat { file: FILE, found, known: FORMAT });
        }
        if found == 0 {
            execute(&mut writer, SCHEMA).await.map_err(&sql)?;
        }
        Ok((file, writer))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One more connection.
    pub async fn connect(&self) -> Result<SqliteConnection, OpenError> {
        options(&self.path, SqliteSynchronous::Normal).connect().await.map_err(OpenError::sql(FILE))
    }
}

/// The value under `name` in `meta`.
pub(crate) async fn read_meta<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    name: &'static str,
) -> Result<Option<T>, OpenError> {
    let query = sqlx::query_scalar("SELECT v FROM meta WHERE k = ?").bind(name);
    let bytes: Option<Vec<u8>> = query.fetch_optional(connection).await.map_err(OpenError::sql(FILE))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let damaged = |_| OpenError::Damaged { file: FILE, what: format!("{name} is undecodable") };
    postcard::from_bytes(&bytes).map(Some).map_err(damaged)
}

/// Puts `value` under `name` in `meta`.
pub(crate) async fn write_meta(
    connection: &mut SqliteConnection,
    name: &'static str,
    value: &impl serde::Serialize,
) -> Result<(), sqlx::Error> {
    let bytes = postcard::to_allocvec(value).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let query = sqlx::query("INSERT OR REPLACE INTO meta (k, v) VALUES (?, ?)").bind(name).bind(bytes);
    query.execute(connection).await.map(|_| ())
}
