use std::sync::Arc;

use super::{ObjectType, Type};

/// Bytes that a request may have: bounds everything whose size the schema leaves open.
const MAX_REQUEST: u64 = 3 * 1024 * 1024;

/// What a JSON value may be, and how large.
#[derive(Clone, Debug)]
pub struct Schema {
    /// What it is.
    pub shape: Shape,
    /// Most elements, entries or bytes that it may have.
    pub max_size: u64,
    /// Fewest bytes of JSON that it takes.
    pub min_serialized: u64,
}

/// What a JSON value is in expressions.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Anything, as JSON has it.
    Any,
    /// A whole number or text, of which neither is known.
    IntOrString,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `double`, also where JSON has a whole number.
    Double,
    /// `string`.
    String,
    /// `bytes`, base64 in JSON.
    Bytes,
    /// `google.protobuf.Timestamp`, in JSON a date or a date with time.
    Timestamp,
    /// `google.protobuf.Duration`, text in JSON.
    Duration,
    /// A list.
    List(Arc<Schema>, ListKind),
    /// A map from strings.
    Map(Arc<Schema>),
    /// An object with declared fields.
    Object(ObjectType),
}

/// How lists are compared and joined (`x-kubernetes-list-type`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListKind {
    /// In order.
    #[default]
    Atomic,
    /// Without order; `+` keeps each element once.
    Set,
    /// Without order, elements told apart by these keys; `+` replaces.
    Map(Arc<[Box<str>]>),
}

impl Schema {
    /// Anything.
    pub const fn any() -> Self {
        Self { shape: Shape::Any, max_size: MAX_REQUEST - 2, min_serialized: 1 }
    }

    /// `bool`.
    pub const fn bool() -> Self {
        Self { shape: Shape::Bool, max_size: 0, min_serialized: 4 }
    }

    /// `int`.
    pub const fn int() -> Self {
        Self { shape: Shape::Int, max_size: 0, min_serialized: 1 }
    }

    /// `double`.
    pub const fn double() -> Self {
        Self { shape: Shape::Double, max_size: 0, min_serialized: 1 }
    }

    /// `string` of at most `max_length` characters.
    pub fn string(max_length: Option<u64>) -> Self {
        let max_size = max_length.map_or(MAX_REQUEST - 2, |length| length.saturating_mul(4));
        Self { shape: Shape::String, max_size, min_serialized: 2 }
    }

    /// The keys of a map, whose size upstream takes for nothing.
    pub(crate) const fn key() -> Self {
        Self { shape: Shape::String, max_size: 0, min_serialized: 2 }
    }

    /// `bytes` of at most `max_length` bytes.
    pub fn bytes(max_length: Option<u64>) -> Self {
        Self { shape: Shape::Bytes, max_size: max_length.unwrap_or(MAX_REQUEST - 2), min_serialized: 2 }
    }

    /// `timestamp`.
    pub const fn timestamp() -> Self {
        Self { shape: Shape::Timestamp, max_size: 32, min_serialized: 21 }
    }

    /// `duration`.
    pub const fn duration() -> Self {
        Self { shape: Shape::Duration, max_size: 32, min_serialized: 3 }
    }

    /// A list of at most `max_items`.
    pub fn list(items: Self, kind: ListKind, max_items: Option<u64>) -> Self {
        let max_size = max_items.unwrap_or_else(|| (MAX_REQUEST - 2) / items.min_serialized.saturating_add(1));
        Self { shape: Shape::List(Arc::new(items), kind), max_size, min_serialized: 2 }
    }

    /// A map from strings of at most `max_properties`.
    pub fn map(values: Self, max_properties: Option<u64>) -> Self {
        let max_size = max_properties.unwrap_or_else(|| (MAX_REQUEST - 2) / values.min_serialized.saturating_add(6));
        Self { shape: Shape::Map(Arc::new(values)), max_size, min_serialized: 2 }
    }

    /// An object. As upstream its size is not estimated: comparing two of them is reckoned to cost nothing.
    pub fn object(object: ObjectType) -> Self {
        let min_serialized = object.min_serialized();
        Self { shape: Shape::Object(object), max_size: 0, min_serialized }
    }

    /// How many such values fit into one request, with a comma behind each: how often one may be there that stands below a list
    /// or a map without bounds.
    pub const fn most_in_a_request(&self) -> u64 {
        MAX_REQUEST / self.min_serialized.saturating_add(1)
    }

    /// The type that expressions see.
    pub fn as_type(&self) -> Type {
        match &self.shape {
            Shape::Any | Shape::IntOrString => Type::Dyn,
            Shape::Bool => Type::Bool,
            Shape::Int => Type::Int,
            Shape::Double => Type::Double,
            Shape::String => Type::String,
            Shape::Bytes => Type::Bytes,
            Shape::Timestamp => Type::Timestamp,
            Shape::Duration => Type::Duration,
            Shape::List(items, _) => Type::list(items.as_type()),
            Shape::Map(values) => Type::map(Type::String, values.as_type()),
            Shape::Object(object) => Type::Object(object.clone()),
        }
    }
}
