//! What every object carries: its key, its revision, its head.

mod head;
mod key;
mod revision;

pub use head::{Head, OwnerRef};
pub use key::{Key, NsName, Resource};
pub use revision::{Revision, Uid};
