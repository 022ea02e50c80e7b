//! Sets of fields that were written under an older schema.

use std::collections::BTreeMap;

use serde_json::Value;

use super::field_set;
use super::list_items::element_of;
use super::node_type::{NodeType, Shape};
use super::{Element, Node, Set};
use crate::schema::{List, ListType, Schema};

/// `set` as it reads under `schema`: what has become atomic is owned as a whole, and who owned the
/// whole of what no longer is atomic owns all that `live` has there.
pub(super) fn reconcile(schema: &Schema, set: &Set, live: &Value) -> Set {
    below(NodeType::Of(schema), set, Some(live))
}

fn below(kind: NodeType<'_>, set: &Set, live: Option<&Value>) -> Set {
    let shape = kind.shape();
    let mut out = Set::default();
    let items = match shape {
        Shape::Items(list) => live.map(|live| by_element(list, live)).unwrap_or_default(),
        _ => BTreeMap::new(),
    };
    for (element, node) in set.iter() {
        let part = match (shape, element) {
            (Shape::Items(_), _) => items.get(element).copied(),
            (_, Element::Field(name)) => live.and_then(|live| live.get(&**name)),
            _ => None,
        };
        let node = match (shape, element) {
            (Shape::Items(list), _) => self::node(NodeType::Of(&list.items), node, part),
            (Shape::Fields(_) | Shape::Entries(_), Element::Field(name)) => match shape.member(name) {
                Some(member) => self::node(member.kind, node, part),
                None => node.clone(),
            },
            _ => node.clone(),
        };
        out.put(element.clone(), node);
    }
    out
}

fn node(kind: NodeType<'_>, node: &Node, live: Option<&Value>) -> Node {
    let whole = node.member && node.below.is_empty();
    match kind.shape() {
        Shape::Leaf if is_atomic(kind) && !whole => Node::leaf(),
        Shape::Leaf => node.clone(),
        Shape::Entries(NodeType::Deduced) => node.clone(),
        _ if whole => {
            let below = live.map(|live| field_set::node(kind, live).below).unwrap_or_default();
            Node { member: true, below }
        }
        _ => Node { member: node.member, below: below(kind, &node.below, live) },
    }
}

const fn is_atomic(kind: NodeType<'_>) -> bool {
    match kind {
        NodeType::Of(Schema::Object(object)) => object.atomic,
        NodeType::Of(Schema::Map(map)) => map.atomic,
        NodeType::Of(Schema::List(list)) => matches!(list.list_type, ListType::Atomic),
        _ => false,
    }
}

/// The items of `live`, of several that are the same the first.
fn by_element<'v>(list: &List, live: &'v Value) -> BTreeMap<Element, &'v Value> {
    let mut items = BTreeMap::new();
    for item in live.as_array().into_iter().flatten() {
        if let Ok(element) = element_of(list, item) {
            items.entry(element).or_insert(item);
        }
    }
    items
}
