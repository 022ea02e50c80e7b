use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::file::FORMAT;
use super::verify::verify_rows;
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
    /// either the old tables or the new ones, whole. A copy of a newer format, or with damage, is refused before anything is
    /// touched: damage does not spread.
    pub async fn install(
        &self,
        old: &mut SqliteConnection,
        copy: &dyn SnapshotBytes,
    ) -> Result<(SqliteConnection, Loaded), OpenError> {
        let sql = OpenError::sql(FILE);
        check_copy(copy.path()).await?;
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
        let loaded = Loaded::read(&file, &mut connection, &self.keyring, self.window).await?;
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

async fn check_copy(path: &Path) -> Result<(), OpenError> {
    let sql = OpenError::sql(FILE);
    let options = SqliteConnectOptions::new().filename(path).read_only(true).disable_statement_logging();
    let mut copy = options.connect().await.map_err(&sql)?;
    let checked = match sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut copy).await {
        Ok(found) if found > FORMAT => Err(OpenError::NewerFormat { file: FILE, found, known: FORMAT }),
        // Older ones have no checksums yet.
        Ok(found) if found < FORMAT => Ok(()),
        Ok(_) => verify_rows(&mut copy).await,
        Err(error) => Err(sql(error)),
    };
    copy.close().await.map_err(&sql)?;
    checked
}
