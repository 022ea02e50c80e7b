//! Takes fields out of an object.

use serde_json::{Map, Value};

use super::list_items::element_of;
use super::node_type::{NodeType, Shape};
use super::{Element, Set};
use crate::schema::{List, Schema};

/// `object` without the fields in `set` and what lies below them. A map or list from which everything was taken is null, as upstream
/// has it, and so still a field: custom objects are then refused where null is no value.
pub(super) fn remove(schema: &Schema, object: Value, set: &Set) -> Value {
    value(NodeType::Of(schema), object, set)
}

fn value(kind: NodeType<'_>, value: Value, set: &Set) -> Value {
    let shape = kind.shape_of(&value);
    match (shape, value) {
        (Shape::Fields(_) | Shape::Entries(_), Value::Object(map)) => {
            let kept: Map<_, _> = map
                .into_iter()
                .filter_map(|(name, part)| match set.get(&Element::field(&name)) {
                    None => Some((name, part)),
                    Some(node) if node.member => None,
                    Some(node) => {
                        let part = self::value(shape.any_member(&name).kind, part, &node.below);
                        Some((name, part))
                    }
                })
                .collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        (Shape::Items(list), Value::Array(found)) => items(list, found, set),
        (_, value) => value,
    }
}

fn items(list: &List, found: Vec<Value>, set: &Set) -> Value {
    let kept: Vec<Value> = found
        .into_iter()
        .filter_map(|item| match element_of(list, &item).ok().and_then(|element| set.get(&element)) {
            None => Some(item),
            Some(node) if node.member => None,
            Some(node) => Some(value(NodeType::Of(&list.items), item, &node.below)),
        })
        .collect();
    if kept.is_empty() { Value::Null } else { Value::Array(kept) }
}
