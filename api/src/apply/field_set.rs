//! The fields that a value has.

use std::collections::BTreeMap;

use serde_json::Value;

use super::list_items::element_of;
use super::node_type::{NodeType, Shape};
use super::{Element, Node, Set};
use crate::schema::{List, Schema};

/// The fields that `object` has: what a manager owns who applies it.
pub(super) fn field_set(schema: &Schema, object: &Value) -> Set {
    node(NodeType::Of(schema), object).below
}

/// The fields that a value of `kind` has, the value itself included where it has no parts.
pub(super) fn node(kind: NodeType<'_>, value: &Value) -> Node {
    let shape = kind.shape_of(value);
    match shape {
        Shape::Leaf => Node::leaf(),
        Shape::Fields(_) | Shape::Entries(_) => Node { member: false, below: members(shape, value) },
        Shape::Items(list) => Node { member: false, below: items(list, value) },
    }
}

fn members(shape: Shape<'_>, value: &Value) -> Set {
    let mut set = Set::default();
    for (name, value) in value.as_object().into_iter().flatten() {
        let member = shape.any_member(name);
        let mut part = node(member.kind, value);
        part.member |= !member.is_named() || value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        set.put(Element::field(name), part);
    }
    set
}

fn items(list: &List, value: &Value) -> Set {
    let mut found: BTreeMap<Element, (usize, &Value)> = BTreeMap::new();
    for item in value.as_array().into_iter().flatten() {
        if let Ok(element) = element_of(list, item) {
            found.entry(element).or_insert((0, item)).0 += 1;
        }
    }
    let mut set = Set::default();
    for (element, (count, item)) in found {
        let below = if count == 1 { node(NodeType::Of(&list.items), item).below } else { Set::default() };
        set.put(element, Node { member: true, below });
    }
    set
}
