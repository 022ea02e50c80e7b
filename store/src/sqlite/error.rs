use std::io;
use std::path::PathBuf;

use super::health::{SHORT_READ, is_of_disk};

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
    /// Files of the only member are damaged: nobody has what was in them.
    #[error("{0}; this is the only member, so nobody has it: restore a backup into a new folder (kontiki restore)")]
    Lost(Box<OpenError>),
    /// The log is damaged and with it the vote, of which the second copy is gone too: this member could elect twice.
    #[error("{0}, and the file 'vote' does not hold its vote: remove this member and join it anew")]
    VoteLost(Box<OpenError>),
    /// A write failed while it started.
    #[error("the store stopped while it started: {why}")]
    Stopped {
        /// Of which file, and what.
        why: String,
        /// Whether the disk is at fault, rather than what lies on it.
        passes: bool,
    },
    /// Raft did not start.
    #[error("raft did not start: {0}")]
    Raft(String),
}

impl OpenError {
    /// Whether the content is at fault, rather than the system that reads it.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } | Self::StateBehindLog { .. } => true,
            Self::Sql { source, .. } => !is_trouble(source),
            _ => false,
        }
    }

    /// Whether the disk is at fault, which may be full or failing for a while: the same files may open later. Nothing else
    /// heals by itself.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Stopped { passes, .. } => *passes,
            error => is_of_disk(error),
        }
    }

    /// Wraps SQLite's errors about `file`.
    pub(crate) fn sql(file: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Sql { file, source }
    }
}

/// Whether SQLite was kept from its work, as by a full disk; its other errors come from what it read.
fn is_trouble(error: &sqlx::Error) -> bool {
    /// PERM, ABORT, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, AUTH:
    /// <https://sqlite.org/rescode.html>.
    const TROUBLES: [u32; 11] = [3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 23];
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse().ok()).unwrap_or(0_u32);
            code != SHORT_READ && TROUBLES.contains(&(code & 0xff))
        }
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
