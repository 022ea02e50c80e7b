//! OpenAPI v3: one document for each group-version.

mod document;
mod index;
mod operation;
mod schema;

pub use document::v3_document;
pub use index::{v3_hash, v3_index, v3_url};
