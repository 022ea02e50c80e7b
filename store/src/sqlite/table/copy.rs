use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::file::read_meta;
use super::{FILE, TableFile};
use crate::raft::{SnapshotBytes, SnapshotCopy, SnapshotFile, SnapshotSource};
use crate::sqlite::OpenError;
use crate::sqlite::format::{LogIdForm, MembershipForm};
use crate::sqlite::sql::closing;

/// Copies `state.db` while it is written to.
#[derive(Debug)]
pub(crate) struct TableCopies {
    file: TableFile,
    number: AtomicU64,
}

impl TableCopies {
    /// Copies of `file`, made beside it.
    pub fn new(file: TableFile) -> Self {
        Self { file, number: AtomicU64::new(0) }
    }

    /// Writes a consistent copy of the tables to `path`, where nothing may lie yet.
    pub async fn write(&self, path: &str) -> Result<(), OpenError> {
        let mut connection = self.file.connect().await?;
        let sql = OpenError::sql(FILE);
        let copied = sqlx::query("VACUUM INTO ?").bind(path).execute(&mut connection).await;
        let (connection, _) = closing(connection, copied).await.map_err(&sql)?;
        connection.close().await.map_err(&sql)
    }

    fn path(&self) -> PathBuf {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        self.file.path().with_file_name(format!("outgoing-{number}.db"))
    }
}

#[async_trait]
impl SnapshotSource for TableCopies {
    async fn copy(&self) -> io::Result<SnapshotCopy> {
        let path = self.path();
        if path.exists() {
            std::fs::remove_file(&path)?;
        }
        self.write(&path.to_string_lossy()).await.map_err(io::Error::other)?;
        let file = SnapshotFile::open(path)?;
        let (applied, membership) = reach(&file).await.map_err(io::Error::other)?;
        let membership = membership.map(|form| form.stored()).transpose().map_err(io::Error::other)?.unwrap_or_default();
        Ok(SnapshotCopy { file: Arc::new(file), applied: applied.map(Into::into), membership })
    }

    fn incoming(&self) -> io::Result<Arc<dyn SnapshotBytes>> {
        Ok(Arc::new(SnapshotFile::create(self.file.path().with_file_name("incoming.db"))?))
    }
}

/// How far the copy goes. It is read without being changed.
async fn reach(file: &SnapshotFile) -> Result<(Option<LogIdForm>, Option<MembershipForm>), OpenError> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file.path()).read_only(true);
    let mut connection: SqliteConnection = options.connect().await.map_err(OpenError::sql(FILE))?;
    let reach = (read_meta(&mut connection, "applied").await?, read_meta(&mut connection, "membership").await?);
    connection.close().await.map_err(OpenError::sql(FILE))?;
    Ok(reach)
}
