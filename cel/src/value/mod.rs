//! Values: constants of the source, results, and JSON read where it lies.

mod equal;
mod export;
mod json;
mod key;
mod list;
mod map;
mod order;
mod text;
mod value;

pub(crate) use equal::equal;
pub use key::Key;
pub use list::List;
pub use map::Map;
pub(crate) use map::{Built, Entries};
pub(crate) use order::compare;
pub use text::Text;
pub(crate) use value::Foreign;
pub(crate) use value::Inner;
pub use value::Value;
