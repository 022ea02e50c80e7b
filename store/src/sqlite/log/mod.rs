//! The Raft log in `log.db`: every acknowledged commit is here, on disk.

mod ahead;
mod check;
mod checkpointer;
mod file;
mod migrate;
mod older;
mod row;
mod store;
mod tail;
mod writer;

pub(crate) use ahead::Ahead;
#[cfg(test)]
pub(crate) use check::check_order;
pub(crate) use checkpointer::Checkpointer;
pub(crate) use file::{FILE, LogFile};
pub(crate) use older::{FileEntries, OlderEntries};
pub(crate) use row::LogRow;
pub(crate) use store::LogStore;
pub(crate) use tail::Tail;
pub(crate) use writer::{LogCommand, LogWriter};
