//! How Go reads and writes text, for messages that read like upstream's: numbers, quotes, values as `fmt` prints them and as
//! `encoding/json` writes them, and what the latter says of text that it cannot read.

mod base64;
mod huge;
mod json;
mod listed;
mod numbers;
mod print;
mod quoted;
mod syntax;
mod types;

pub use self::base64::from_base64;
pub(crate) use huge::huge_number;
pub(crate) use json::json;
pub use json::sorted;
pub use listed::{listed, quoted_list};
pub(crate) use numbers::{json_number, number};
pub use numbers::{parse_int, parse_uint};
pub use print::printed;
pub(crate) use print::source;
pub use quoted::{is_printable, quoted};
pub(crate) use syntax::syntax_fault;
pub use types::type_of;
pub(crate) use types::{map_of, type_in_go, type_name, type_of_text};
