//! YAML as kubectl understands and writes it: the one place that knows the YAML library.
//!
//! Reading follows YAML 1.1 as Go's library does: `on` and `yes` are true, `017` is fifteen, `<<` merges.
//! Limits on size, nesting, documents and aliases hold for every input.

mod count;
mod lines;
mod number;
mod order;
mod read;
mod resolve;
mod scalar;
mod write;

pub use count::{MAX_ALIASES, MAX_NODES, excess};
pub(crate) use read::MAX_DEPTH;
pub use read::{Duplicates, YamlError, read, read_body, read_one};
pub use write::write;
