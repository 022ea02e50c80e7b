use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{Connection, SqliteConnection};

use super::{FILE, Loaded, Past, TableFile};
use crate::WindowLimits;
use crate::raft::SnapshotBytes;
use crate::sqlite::OpenError;
use crate::sqlite::keyring::Keyring;

/// Where the tables lie, and who else has them open.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The folder.
    pub folder: PathBuf,
    /// Opens sealed values.
    pub keyring: Arc<Keyring>,
    /// What of the past stays in memory.
    pub window: WindowLimits,
    /// The reads of the past.
    pub past: Arc<Past>,
}

impl Place {
    /// Puts `copy` in the place of the tables that `old` writes, opens and reads it. A crash meanwhile leaves
    /// either the old tables or the new ones, whole.
    pub async fn install(
        &self,
        old: &mut SqliteConnection,
        copy: &dyn SnapshotBytes,
    ) -> Result<(SqliteConnection, Loaded), OpenError> {
        let sql = OpenError::sql(FILE);
        self.past.close().await;
        // What waits in the write-ahead file would be taken for the new tables': it must be gone first.
        let emptied: (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *old).await.map_err(&sql)?;
        if emptied.0 != 0 {
            return Err(OpenError::Damaged { file: FILE, what: "its write-ahead file is held open".into() });
        }
        let memory = SqliteConnection::connect("sqlite::memory:").await.map_err(&sql)?;
        std::mem::replace(old, memory).close().await.map_err(&sql)?;
        self.swap(copy).map_err(|source| OpenError::File { path: self.folder.join(FILE), source })?;
        let (file, mut connection) = TableFile::open(&self.folder).await?;
        let loaded = Loaded::read(&mut connection, &self.keyring, self.window).await?;
        self.past.reopen(file.connect().await?).await;
        Ok((connection, loaded))
    }

    fn swap(&self, copy: &dyn SnapshotBytes) -> io::Result<()> {
        for beside in ["-wal", "-shm"] {
            match fs::remove_file(self.folder.join(format!("{FILE}{beside}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(copy.path(), self.folder.join(FILE))?;
        fs::File::open(&self.folder)?.sync_all()
    }
}
