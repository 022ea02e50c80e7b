//! What only the system may set: name, uid, times, generation; and what an update may not touch.

mod create;
mod meta;
mod name;
mod owners;
mod update;

pub(crate) use create::{at_creation, prepare_create, stamp_creation};
pub(crate) use meta::{has_finalizers, is_deleting, meta_text, metadata};
pub(crate) use name::{generated_name, uid_of};
pub(crate) use owners::{Seen, drop_repeated_owners};
pub(crate) use update::{Part, prepare_update, restrict};
