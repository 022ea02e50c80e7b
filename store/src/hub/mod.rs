//! Fan-out: one shared log of batches per watched range, and cursors over it.

mod cursor;
mod topic;
mod topics;

pub(crate) use cursor::{Cursor, Place};
pub(crate) use topic::{Topic, batch_of};
pub(crate) use topics::Topics;
