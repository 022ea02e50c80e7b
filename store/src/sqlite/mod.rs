//! The store that lasts: a Raft log in `log.db`, what follows from it in `state.db`.
//!
//! A commit is acknowledged once the log is on disk and its changes are visible. The state tables
//! follow behind; whatever they lack after a crash is applied again from the log.

mod config;
mod engine;
mod error;
mod format;
mod health;
mod keyring;
mod lock;
mod log;
mod proposer;
mod raft;
mod sql;
mod store;
mod table;

pub use config::{Member, Retention, SqliteConfig};
pub use error::OpenError;
pub use store::SqliteStore;
