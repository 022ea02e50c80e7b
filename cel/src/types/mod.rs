//! Types of expressions, and the schemas that object types come from.

mod escaping;
mod object_type;
mod openapi;
mod schema;
mod types;
mod unify;

pub use escaping::{escape, unescape};
pub use object_type::{ObjectType, SchemaSource};
pub use schema::{ListKind, Schema, Shape};
pub use types::{Opaque, Type};
pub(crate) use unify::Unifier;
