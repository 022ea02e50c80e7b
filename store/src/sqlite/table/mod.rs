//! The state tables in `state.db`: what followed from the log, with the past as long as it is kept.
//!
//! They lag behind the log by a moment and may lose their end in a power failure; both are made up
//! for from the log at the next start.

mod compact;
mod copy;
mod destroy;
mod file;
mod load;
mod migrate;
mod past;
mod place;
mod rewrap;
mod row;
mod sums;
mod verify;
mod window;
mod write;
mod writer;

pub(crate) use compact::{Horizons, read_since};
pub(crate) use copy::TableCopies;
pub(crate) use file::{FILE, TableFile, read_meta};
pub(crate) use load::{Loaded, write_base};
pub(crate) use migrate::{migrate, write_current};
pub(crate) use past::{Past, end_of, newest_at};
pub(crate) use place::Place;
pub(crate) use row::{CommitRow, ObjectRow};
pub(crate) use sums::CurrentSum;
pub(crate) use verify::verify;
pub(crate) use writer::{TableBatch, TableCommand, TableWriter};
