//! Kinds as rows, metadata, quantities, selectors, patches, schemas: no I/O, no async.
//!
//! This crate promises to be the one place where a fact about a Kubernetes kind is written down.
//! Every other crate asks it: the server for routes, schemas and defaults, the reconcilers for
//! typed views, the command line for names and columns.

pub mod apply;
pub mod changed;
pub mod custom;
pub mod decode;
pub mod duration;
mod go;
mod go_text;
mod go_value;
pub mod go_words;
pub mod int_or_string;
pub mod jsonpath;
pub mod kind;
pub mod meta;
pub mod object;
pub mod openapi;
pub mod patch;
mod place;
pub mod protobuf;
pub mod quantity;
pub mod quota;
pub mod request;
pub mod schema;
pub mod selector;
pub mod status;
pub mod stored;
pub mod table;
pub mod time;
pub mod url;
pub mod view;
pub mod yaml;

pub use place::{member, member_of, place};

/// Text that is shared rather than copied: names, labels, node names.
pub type Text = std::sync::Arc<str>;
