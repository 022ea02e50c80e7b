use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::Schema;

/// Where the fields of an object type come from. Implement it on a cursor into your own schema: nothing is copied, and fields
/// are looked up only when an expression names them.
pub trait SchemaSource: fmt::Debug + Send + Sync {
    /// The type's name: two sources of one name are one type.
    fn name(&self) -> &str;

    /// The schema of the field of this name (as in JSON, not escaped); `None` where expressions may not see it.
    fn field(&self, name: &str) -> Option<Schema>;

    /// The fewest bytes of JSON that an object of this type takes: bounds the length of lists of them. 2 where not known.
    fn min_serialized(&self) -> u64 {
        2
    }

    /// Whether fields without a schema may be read as `dyn`.
    fn is_open(&self) -> bool {
        false
    }
}

/// A type of objects, by the schema that declares its fields.
#[derive(Clone, Debug)]
pub struct ObjectType(Arc<dyn SchemaSource>);

impl ObjectType {
    /// The type that `source` declares.
    pub fn new(source: impl SchemaSource + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// The schema of a field; where the type is open, of any field.
    pub fn field(&self, name: &str) -> Option<Schema> {
        self.0.field(name).or_else(|| self.0.is_open().then(Schema::any))
    }
}

impl Deref for ObjectType {
    type Target = dyn SchemaSource;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for ObjectType {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.name() == other.0.name()
    }
}

impl Eq for ObjectType {}
