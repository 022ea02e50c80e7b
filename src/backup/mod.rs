//! `kontiki backup`, `restore` and `fork`.

mod args;
mod backup;
mod keys;
mod passphrase;
mod restore;
mod sandbox;

pub use args::{BackupArgs, RestoreArgs};
pub use backup::backup;
pub use restore::{fork, restore};
pub use sandbox::Sandbox;
