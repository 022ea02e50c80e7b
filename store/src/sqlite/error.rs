use std::io;
use std::path::PathBuf;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process (or this one, elsewhere) has the folder open.
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    /// A file could not be made, read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The cluster key is not 64 hexadecimal digits.
    #[error("{0} does not hold a cluster key")]
    Key(PathBuf),
    /// SQLite refused.
    #[error("{file}: {source}")]
    Sql {
        /// `log.db` or `state.db`.
        file: &'static str,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The files were written by a newer version.
    #[error("{file} has format {found}; this version reads formats up to {known}: use a newer kontiki")]
    NewerFormat {
        /// `log.db` or `state.db`.
        file: &'static str,
        /// The format of the file.
        found: u32,
        /// The newest that is understood.
        known: u32,
    },
    /// The content contradicts itself: a gap, a wrong checksum, an undecodable row.
    #[error("{file} is damaged: {what}")]
    Damaged {
        /// `log.db` or `state.db`.
        file: &'static str,
        /// What is wrong, and where.
        what: String,
    },
    /// `state.db` ends before the log begins, so it cannot be rebuilt.
    #[error("state.db ends at log index {applied}, but the log begins after {purged}: restore a backup")]
    StateBehindLog {
        /// The last log index in `state.db`.
        applied: u64,
        /// The last log index that was purged.
        purged: u64,
    },
    /// Raft did not start.
    #[error("raft did not start: {0}")]
    Raft(String),
}

impl OpenError {
    /// Wraps SQLite's errors about `file`.
    pub(crate) fn sql(file: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Sql { file, source }
    }
}
