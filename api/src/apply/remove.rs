//! Takes fields out of an object.

use serde_json::{Map, Value};

use super::list_items::element_of;
use super::node_type::{NodeType, Shape};
use super::{Element, Set};
use crate::schema::{List, Schema};

/// What becomes of a map or list from which everything was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Emptied {
    /// It is null, and so still a field.
    Null,
    /// It is no longer there.
    Gone,
}

/// `object` without the fields in `set` and what lies below them.
pub(super) fn remove(schema: &Schema, object: Value, set: &Set, emptied: Emptied) -> Value {
    value(NodeType::Of(schema), object, set, emptied)
}

fn value(kind: NodeType<'_>, value: Value, set: &Set, emptied: Emptied) -> Value {
    let shape = kind.shape_of(&value);
    match (shape, value) {
        (Shape::Fields(_) | Shape::Entries(_), Value::Object(map)) => {
            let kept: Map<_, _> = map
                .into_iter()
                .filter_map(|(name, part)| match set.get(&Element::field(&name)) {
                    None => Some((name, part)),
                    Some(node) if node.member => None,
                    Some(node) => {
                        let part = self::value(shape.any_member(&name).kind, part, &node.below, emptied);
                        (emptied == Emptied::Null || !part.is_null()).then_some((name, part))
                    }
                })
                .collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        (Shape::Items(list), Value::Array(found)) => items(list, found, set, emptied),
        (_, value) => value,
    }
}

fn items(list: &List, found: Vec<Value>, set: &Set, emptied: Emptied) -> Value {
    let kept: Vec<Value> = found
        .into_iter()
        .filter_map(|item| match element_of(list, &item).ok().and_then(|element| set.get(&element)) {
            None => Some(item),
            Some(node) if node.member => None,
            Some(node) => Some(value(NodeType::Of(&list.items), item, &node.below, emptied)),
        })
        .collect();
    if kept.is_empty() { Value::Null } else { Value::Array(kept) }
}
