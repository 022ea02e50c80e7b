//! The six promises of a watch, asked of what watchers saw.

mod breach;
mod change;
mod check;
mod truth;
mod watcher;

pub use breach::{Breach, Promise};
pub use change::{Answer, Change, Kind, Written};
pub use check::{Examined, check_watches};
pub use watcher::{Seen, Watcher};
