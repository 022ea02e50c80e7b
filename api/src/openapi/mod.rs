//! OpenAPI v3 documents, computed from rows and their definitions when somebody asks.
//!
//! Each group-version has a document of its own, as upstream's `/openapi/v3` serves them. What
//! clients rely on is there: schemas with descriptions and merge keys, and for each operation its
//! action, its kind, its media types and its parameters. Nothing parsed stays in memory.

mod custom;
mod document;
mod index;
mod operation;
mod parameters;
mod paths;
mod schemas;

pub use document::v3_document;
pub use index::v3_index;
