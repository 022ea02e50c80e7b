//! OpenAPI documents, computed from rows and their definitions when somebody asks.
//!
//! Version 2 is one document of everything, version 3 one for each group-version, as upstream's
//! `/openapi/v2` and `/openapi/v3` serve them. What clients rely on is there: schemas with
//! descriptions and merge keys, and for each operation its action, its kind, its media types and its
//! parameters. Each is a pure function of the rows; nothing parsed stays in memory.

mod action;
mod content;
mod custom;
mod definitions;
mod parameters;
mod paths;
mod shape;
mod v2;
mod v3;

pub use v2::{v2_document, v2_group, v2_protobuf};
pub use v3::{v3_document, v3_hash, v3_index, v3_url};
