use std::io;
use std::path::{Path, PathBuf};

use kontiki_api::meta::Revision;

use crate::OpenError;

/// Why a backup could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("{0} holds no store")]
    NoStore(PathBuf),
    /// The file is already there.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// Something lies where the restored store is to go.
    #[error("{0} is not empty")]
    NotEmpty(PathBuf),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The tables did not catch up with the log.
    #[error(
        "the tables end at log entry {applied}, the log at {log}: is a majority of the masters there? Start the cluster once"
    )]
    Behind {
        /// How far the tables are.
        applied: u64,
        /// How far the log is.
        log: u64,
    },
    /// The file is no backup.
    #[error("{0} is not a backup of Kontiki")]
    NotABackup(PathBuf),
    /// The file is not what was written.
    #[error("{0} is truncated or was altered: its checksum does not fit")]
    Altered(PathBuf),
    /// The file was made by a newer version.
    #[error("the backup has format {found}; this version reads formats up to {known}: use a newer kontiki")]
    Newer {
        /// The format of the file.
        found: u32,
        /// The newest that is understood.
        known: u32,
    },
    /// The keys do not open.
    #[error("the passphrase does not open the keys of this backup")]
    Passphrase,
    /// There is no randomness, or a key could not be made.
    #[error("the system's cryptography failed")]
    Crypto,
    /// The moment is not in the backup.
    #[error("the backup does not hold that moment: it reaches from revision {oldest} ({since}) to revision {newest} ({until})")]
    NotKept {
        /// The oldest revision in it.
        oldest: Revision,
        /// When that was.
        since: String,
        /// The newest revision in it.
        newest: Revision,
        /// When that was.
        until: String,
    },
    /// The tables could not be read or written.
    #[error(transparent)]
    Tables(#[from] OpenError),
}

impl BackupError {
    /// Wraps the system's errors about `path`.
    pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.into(), source }
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(source: sqlx::Error) -> Self {
        Self::Tables(OpenError::Sql { file: "backup", source })
    }
}
