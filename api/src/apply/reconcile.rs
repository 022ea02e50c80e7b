//! Sets of fields that were written under an older schema.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::TooMuch;
use super::field_set;
use super::list_items::element_of;
use super::node_type::{NodeType, Shape};
use super::{Element, Node, Set};
use crate::schema::{List, ListType, Schema};

/// What the entries of one object may still come to together: nodes that are made and items that are looked at. An entry of a
/// few bytes may stand for all that an object has, and an object may have thousands of them.
pub(super) struct Room {
    left: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { left: 250_000 }
    }
}

impl Room {
    fn take(&mut self, count: usize) -> Result<(), TooMuch> {
        self.left = self.left.checked_sub(count).ok_or(TooMuch)?;
        Ok(())
    }

    /// Takes as much as `value` has values in it.
    fn take_all(&mut self, value: &Value) -> Result<(), TooMuch> {
        self.take(1)?;
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.take_all(item)),
            Value::Object(map) => map.values().try_for_each(|value| self.take_all(value)),
            _ => Ok(()),
        }
    }
}

/// `set` as it reads under `schema`: what has become atomic is owned as a whole, and who owned the
/// whole of what no longer is atomic owns all that `live` has there.
///
/// # Errors
/// Where `room` does not hold that.
pub(super) fn reconcile(schema: &Schema, set: &Set, live: &Value, room: &mut Room) -> Result<Set, TooMuch> {
    below(NodeType::Of(schema), set, Some(live), room)
}

fn below(kind: NodeType<'_>, set: &Set, live: Option<&Value>, room: &mut Room) -> Result<Set, TooMuch> {
    let shape = kind.shape();
    let mut out = Set::default();
    let items = match (shape, live) {
        (Shape::Items(list), Some(live)) if !set.is_empty() => by_element(list, live, room)?,
        _ => BTreeMap::new(),
    };
    for (element, node) in set.iter() {
        let part = match (shape, element) {
            (Shape::Items(_), _) => items.get(element).copied(),
            (_, Element::Field(name)) => live.and_then(|live| live.get(&**name)),
            _ => None,
        };
        let node = match (shape, element) {
            (Shape::Items(list), _) => self::node(NodeType::Of(&list.items), node, part, room)?,
            (Shape::Fields(_) | Shape::Entries(_), Element::Field(name)) => match shape.member(name) {
                Some(member) => self::node(member.kind, node, part, room)?,
                None => node.clone(),
            },
            _ => node.clone(),
        };
        out.put(element.clone(), node);
    }
    Ok(out)
}

fn node(kind: NodeType<'_>, node: &Node, live: Option<&Value>, room: &mut Room) -> Result<Node, TooMuch> {
    let whole = node.member && node.below.is_empty();
    Ok(match kind.shape() {
        Shape::Leaf if is_atomic(kind) && !whole => Node::leaf(),
        Shape::Leaf => node.clone(),
        Shape::Entries(NodeType::Deduced) => node.clone(),
        _ if whole => {
            live.map_or(Ok(()), |live| room.take_all(live))?;
            let below = live.map(|live| field_set::node(kind, live).below).unwrap_or_default();
            Node { member: true, below }
        }
        _ => Node { member: node.member, below: below(kind, &node.below, live, room)? },
    })
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
fn by_element<'v>(list: &List, live: &'v Value, room: &mut Room) -> Result<BTreeMap<Element, &'v Value>, TooMuch> {
    let mut items = BTreeMap::new();
    let Some(live) = live.as_array() else { return Ok(items) };
    room.take(live.len())?;
    for item in live {
        if let Ok(element) = element_of(list, item) {
            items.entry(element).or_insert(item);
        }
    }
    Ok(items)
}
