use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use sqlx::SqliteConnection;

use super::migrate::migrate;
use crate::sqlite::sql::{Synchronous, closing, connect, execute};
use crate::sqlite::{OpenError, meta};

/// The file's name.
pub(crate) const FILE: &str = "state.db";
/// Format of tables and rows.
pub(super) const FORMAT: u32 = 2;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS commits (
        last INTEGER PRIMARY KEY, first INTEGER NOT NULL, time INTEGER NOT NULL, id BLOB NOT NULL,
        verb INTEGER NOT NULL, manager TEXT NOT NULL, origin BLOB NOT NULL, crc INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS change (
        rev INTEGER PRIMARY KEY, last INTEGER NOT NULL,
        resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
        previous INTEGER, deleted INTEGER NOT NULL, sealed INTEGER NOT NULL, keep INTEGER NOT NULL,
        splice INTEGER NOT NULL, head BLOB NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS change_by_key ON change (resource, namespace, name, rev);
    CREATE TABLE IF NOT EXISTS current (rev INTEGER PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS counter (
        name TEXT PRIMARY KEY, value INTEGER NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
    PRAGMA user_version = 2;";

/// `state.db`.
#[derive(Clone, Debug)]
pub(crate) struct TableFile {
    path: PathBuf,
}

impl TableFile {
    /// Opens the tables in `folder`, makes them where they are missing, brings them to this format; the connection
    /// is the writer's.
    pub async fn open(folder: &Path) -> Result<(Self, SqliteConnection), OpenError> {
        let file = Self { path: folder.join(FILE) };
        let mut writer = file.connect().await?;
        let ready = prepare(&mut writer).await;
        let (writer, ()) = closing(writer, ready).await?;
        Ok((file, writer))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One more connection.
    pub async fn connect(&self) -> Result<SqliteConnection, OpenError> {
        connect(&self.path, Synchronous::Normal).await.map_err(OpenError::sql(FILE))
    }
}

/// Makes the tables where they are missing, and brings them to this format.
async fn prepare(writer: &mut SqliteConnection) -> Result<(), OpenError> {
    let sql = OpenError::sql(FILE);
    execute(writer, "PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 500").await.map_err(&sql)?;
    let found: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *writer).await.map_err(&sql)?;
    if found == 0 {
        execute(writer, SCHEMA).await.map_err(&sql)?;
    }
    migrate(writer).await
}

/// The value under `name` in `meta`.
pub(crate) async fn read_meta<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    name: &'static str,
) -> Result<Option<T>, OpenError> {
    meta::read_meta(connection, FILE, name).await
}
