//! The verbs that write: the steps of the pipeline in their order.

mod apply;
mod begin_deletion;
mod context;
mod create;
mod delete;
mod delete_collection;
mod edit;
mod finish;
mod store;
mod update;

pub(crate) use context::Context;
pub(crate) use create::create;
pub(crate) use delete::{Guard, delete, delete_one, success};
pub(crate) use delete_collection::delete_collection;
pub(crate) use edit::{Edit, Edited, edit_of, patch_type};
pub(crate) use finish::{fate, finish};
pub(crate) use store::{Fate, store};
pub(crate) use update::{change, check_place, other_uid, update};
