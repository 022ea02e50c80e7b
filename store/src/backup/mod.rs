//! Backups: one SQLite file with objects, history and, wrapped by a passphrase, keys.
//!
//! The file is `state.db` as it was at one entry of the log, with one table more. It promises to be whole: every
//! byte of it is part of a SHA-256 sum that is checked before anything is read out of it.

mod archive;
mod caught_up;
mod digest;
mod error;
mod reset;
mod restore;
mod save;
mod wrapped;

pub use archive::{Archive, Contents};
pub use error::BackupError;
pub use restore::{Moment, Restored};
pub use save::{KeyFile, Saved, save};
