//! Why there is no audit.

use std::io;
use std::path::PathBuf;

/// Why an audit cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The policy file cannot be read.
    #[error("the audit policy {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The policy file says something that is no policy.
    #[error("the audit policy is wrong: {}:{line}:{column}: {why}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// Counted from 1.
        column: u64,
        /// What is wrong there.
        why: String,
    },
    /// The log cannot be written.
    #[error("the audit log {} cannot be opened", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
