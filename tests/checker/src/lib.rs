//! Says whether what clients and watchers saw of a store can have happened.
//!
//! - [`check_register`], [`check_set`] and [`check_list`]: is there an order of the operations on one key, each at
//!   one moment between its invocation and its return, that explains all answers (linearizability)?
//! - [`check_watches`]: did every watcher see what it was promised (ordered, unique, reliable, atomic, resumable,
//!   bookmarkable)?
//!
//! Nothing is lost by checking key by key ([`by_key`]): a history is linearizable where that of each key is. Values
//! are numbers; a client that never writes the same number twice gets sharper verdicts and faster ones. No I/O,
//! no clock: a history is checked after the run, or slice by slice during it.
//!
//! ```
//! use kontiki_checker::{Operation, Outcome, Register, check_register};
//!
//! let operation = |client, invoked, returned, call| Operation { client, invoked, returned, call, outcome: Outcome::Ok };
//! let history = [
//!     operation(1, 0, 10, Register::Write { value: Some(7) }),
//!     operation(2, 20, 30, Register::Read { found: None }),
//! ];
//! let contradiction = check_register(None, &history).unwrap_err();
//! assert_eq!(contradiction.operations(), [1, 0]);
//! ```

mod contradiction;
mod list;
mod operation;
mod register;
mod set;
mod steps;
mod watch;

pub use contradiction::Contradiction;
pub use list::{List, check_list};
pub use operation::{Operation, Outcome, by_key};
pub use register::{Register, check_register};
pub use set::{Set, check_set};
pub use watch::{Answer, Breach, Change, Examined, Kind, Promise, Seen, Watcher, Written, check_watches};
