//! How a value takes part in a merge.

use serde_json::Value;

use super::Element;
use crate::Text;
use crate::schema::{List, ListType, Object, Scalar, Schema};

/// What is known of a value's schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum NodeType<'s> {
    /// Its schema.
    Of(&'s Schema),
    /// Nothing: maps merge by key, everything else is replaced.
    Deduced,
}

/// How a value takes part in a merge.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'s> {
    /// As a whole.
    Leaf,
    /// By fields that the struct names, and others where it is open.
    Fields(&'s Object),
    /// By key; every value is of one type.
    Entries(NodeType<'s>),
    /// By item, told apart by keys or value.
    Items(&'s List),
}

/// The member of a map or struct.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'s> {
    /// Its type.
    pub kind: NodeType<'s>,
    /// Its name in the struct, where that names it.
    pub name: Option<&'s Text>,
}

impl Member<'_> {
    /// Whether the struct names it: such a field is not in a set merely because fields below it are.
    pub const fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// As the step of a path; `name` is what it is called.
    pub fn element(&self, name: &str) -> Element {
        Element::Field(self.name.cloned().unwrap_or_else(|| name.into()))
    }
}

impl<'s> NodeType<'s> {
    /// How values of this type take part, none of them looked at.
    pub fn shape(self) -> Shape<'s> {
        match self {
            Self::Of(Schema::Object(object)) if !object.atomic => Shape::Fields(object),
            Self::Of(Schema::Map(map)) if !map.atomic => Shape::Entries(Self::Of(&map.values)),
            Self::Of(Schema::List(list)) if list.list_type != ListType::Atomic => Shape::Items(list),
            Self::Of(Schema::Scalar(Scalar::Open)) => Shape::Entries(Self::Deduced),
            Self::Of(_) => Shape::Leaf,
            Self::Deduced => Shape::Entries(self),
        }
    }

    /// How `value` takes part: as a whole where it is not what its type says.
    pub fn shape_of(self, value: &Value) -> Shape<'s> {
        let shape = self.shape();
        if shape.fits(value) { shape } else { Shape::Leaf }
    }

    /// How two states of a value take part together; two that hold nothing are compared as a whole.
    pub fn shape_of_both(self, old: Option<&Value>, new: Option<&Value>) -> Shape<'s> {
        let shape = self.shape();
        let fits = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || shape.fits(value));
        if (is_empty(old) && is_empty(new)) || !fits(old) || !fits(new) { Shape::Leaf } else { shape }
    }
}

impl<'s> Shape<'s> {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Leaf => true,
            Self::Fields(_) | Self::Entries(_) => value.is_object(),
            Self::Items(_) => value.is_array(),
        }
    }

    /// The member called `name`; `None` where a struct has no such field and is not open.
    pub fn member(self, name: &str) -> Option<Member<'s>> {
        match self {
            Self::Fields(object) => match object.field(name) {
                Some(field) => Some(Member { kind: NodeType::Of(&field.schema), name: Some(&field.name) }),
                None => object.preserve_unknown.then_some(Member { kind: NodeType::Deduced, name: None }),
            },
            Self::Entries(kind) => Some(Member { kind, name: None }),
            Self::Leaf | Self::Items(_) => None,
        }
    }

    /// The member called `name`; one that is not known counts as open.
    pub fn any_member(self, name: &str) -> Member<'s> {
        self.member(name).unwrap_or(Member { kind: NodeType::Deduced, name: None })
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    }
}
