//! Reading: one object, a page of a collection, changes as they come.

mod arrange;
mod continue_token;
mod get;
mod history;
mod list;
mod past;
mod selection;
mod watch;
mod watch_stream;

pub(crate) use continue_token::ContinueToken;
pub(crate) use get::{absent, find, get, key_of};
pub(crate) use history::{asks_for_history, history};
pub(crate) use list::{list, listed};
pub(crate) use selection::Selection;
pub(crate) use watch::watch;
pub(crate) use watch_stream::items_of;
pub use watch_stream::{Told, WatchItem, WatchKind, WatchStream};
