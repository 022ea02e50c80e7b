//! Request bodies become objects: one pass over the bytes with the schema of what is expected.
//!
//! Promises that what comes out has the types its schema says, holds no null and no unknown field
//! where the kind is typed, and names its own `apiVersion` and `kind`. Refuses in upstream's words.

mod body;
mod conform;
mod context;
mod decoder;
mod either;
mod format;
mod from_map;
mod go_type;
mod head;
mod nesting;
mod numbers;
mod recognize;
mod scalar;
mod untyped;
mod walk;
mod weight;

pub use body::Body;
pub(crate) use body::is_former;
pub(crate) use context::{MAX_COMPLAINTS, shown};
pub use decoder::{Decoded, FieldValidation, Unfit, decode, decode_merged, decode_patched, decode_value, keys_are_unique, parse};
pub(crate) use decoder::{read_metadata, with_duplicates};
pub use format::Format;
pub use nesting::{Excess, Nesting};
pub use numbers::settle_numbers;
pub use recognize::unread;
pub(crate) use weight::{MAX_WEIGHT, weight};
