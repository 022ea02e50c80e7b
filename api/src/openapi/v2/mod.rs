//! OpenAPI v2: one document of everything, as JSON and as protobuf.

mod document;
mod gnostic;
mod message;
mod operation;
mod schema;

pub use document::{v2_document, v2_group};
pub use gnostic::v2_protobuf;
