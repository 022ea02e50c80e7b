//! Protobuf request bodies become JSON: one transcoder for all built-in kinds.
//!
//! The wire says tags, the table in `data/protobuf-tags.txt` their names, the schema their types. Values
//! that Go cannot tell from absent ones are left out, as Go's JSON would.

mod decoder;
mod either;
mod messages;
mod room;
mod scalar;
mod wire;

pub use decoder::decode;
