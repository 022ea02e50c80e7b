//! The store that lasts: a Raft log in `log.db`, what follows from it in `state.db`.
//!
//! A commit is acknowledged once the log is on disk and its changes are visible. The state tables
//! follow behind; whatever they lack after a crash is applied again from the log.

mod checksum;
mod config;
mod engine;
mod error;
pub(crate) mod format;
pub(crate) mod health;
mod keeper;
pub(crate) mod keyring;
mod keys;
pub(crate) mod lock;
pub(crate) mod log;
pub(crate) mod meta;
mod repair;
mod scrub;
pub(crate) mod spare;
pub(crate) mod sql;
mod store;
pub(crate) mod table;
mod wal;

pub use config::{Member, Retention, SqliteConfig, Start};
pub use error::OpenError;
pub use keyring::{KeyError, KeyStatus};
pub use scrub::{ScrubStatus, Scrubbing};
pub use store::SqliteStore;
