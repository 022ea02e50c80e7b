//! The keys that seal values: one of its own for every value, wrapped beside it under the cluster's key.
//!
//! The cluster's key has a number and can be replaced by a newer one while the cluster runs. Then only the wrapped keys are
//! written anew; what was wrapped under the old one alone, in copies of the files too, opens nowhere any more.

mod key_file;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod keyring;
mod root;
mod sealed;

pub(crate) use key_file::key_path;
pub use keyring::{KeyError, KeyStatus};
pub(crate) use keyring::{Keyring, SealError};
pub(crate) use sealed::{DESTROYED, is_destroyed};
