//! Compares two states of an object by its schema.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use smallvec::SmallVec;

use super::change::{Change, ChangeNode, strip};
use super::list_items::element_of;
use super::node_type::{NodeType, Shape};
use super::{Element, order};
use crate::schema::{List, Schema};

/// What differs between `old` and `new`, without the fields that nobody manages.
pub(super) fn compare(schema: &Schema, old: &Value, new: &Value) -> Change {
    let node = values(NodeType::Of(schema), Some(old), Some(new));
    let mut change = Change { written: node.written.below, removed: node.removed.below };
    strip(&mut change.written);
    strip(&mut change.removed);
    change
}

fn values(kind: NodeType<'_>, old: Option<&Value>, new: Option<&Value>) -> ChangeNode {
    let shape = kind.shape_of_both(old, new);
    let mut node = match shape {
        Shape::Leaf => return leaf_of(kind.shape(), old, new),
        Shape::Fields(_) | Shape::Entries(_) => members(shape, map_of(old), map_of(new)),
        Shape::Items(list) => items(list, list_of(old), list_of(new)),
    };
    node.written.member |= old.is_none();
    node.removed.member |= new.is_none();
    node
}

/// A value that was a map and is none any more, or the other way round, differs with all that was or is in it.
fn leaf_of(shape: Shape<'_>, old: Option<&Value>, new: Option<&Value>) -> ChangeNode {
    let mut node = leaf(old, new);
    let is_map = |value: Option<&Value>| value.is_some_and(Value::is_object);
    if matches!(shape, Shape::Fields(_) | Shape::Entries(_)) && is_map(old) != is_map(new) {
        let parts = members(shape, map_of(old), map_of(new));
        node.written.below = parts.written.below;
        node.removed.below = parts.removed.below;
    }
    node
}

fn leaf(old: Option<&Value>, new: Option<&Value>) -> ChangeNode {
    let mut node = ChangeNode::default();
    node.removed.member = new.is_none();
    node.written.member = match (old, new) {
        (None, Some(_)) => true,
        (Some(old), Some(new)) => !order::same(old, new),
        _ => false,
    };
    node
}

fn map_of(value: Option<&Value>) -> Option<&Map<String, Value>> {
    value.and_then(Value::as_object)
}

fn list_of(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn members(shape: Shape<'_>, old: Option<&Map<String, Value>>, new: Option<&Map<String, Value>>) -> ChangeNode {
    let mut node = ChangeNode::default();
    let mut part = |name: &str, old, new| {
        let member = shape.any_member(name);
        node.put(|| member.element(name), values(member.kind, old, new));
    };
    for (name, value) in old.into_iter().flatten() {
        part(name, Some(value), new.and_then(|new| new.get(name)));
    }
    for (name, value) in new.into_iter().flatten().filter(|(name, _)| old.is_none_or(|old| !old.contains_key(*name))) {
        part(name, None, Some(value));
    }
    node
}

/// The items of both states that one element tells apart: more than one of a state where it is listed twice.
#[derive(Default)]
struct Pair<'v> {
    old: SmallVec<[&'v Value; 1]>,
    new: SmallVec<[&'v Value; 1]>,
}

fn items(list: &List, old: &[Value], new: &[Value]) -> ChangeNode {
    let mut node = ChangeNode::default();
    if old == new {
        return node;
    }
    let mut pairs: BTreeMap<Element, Pair<'_>> = BTreeMap::new();
    for item in old {
        let Ok(element) = element_of(list, item) else { continue };
        pairs.entry(element).or_default().old.push(item);
    }
    for item in new {
        let Ok(element) = element_of(list, item) else { continue };
        pairs.entry(element).or_default().new.push(item);
    }
    for (element, pair) in pairs {
        let part = pair.change(NodeType::Of(&list.items));
        node.put(|| element, part);
    }
    node
}

impl Pair<'_> {
    /// Items that are listed twice count as one whole.
    fn change(&self, kind: NodeType<'_>) -> ChangeNode {
        let (twice_before, twice_now) = (self.old.len() > 1, self.new.len() > 1);
        let mut node = match (twice_before, twice_now) {
            (true, true) => ChangeNode::default(),
            (true, false) if self.new.is_empty() => ChangeNode::default(),
            (false, true) if self.old.is_empty() => ChangeNode::default(),
            (true, false) => values(kind, None, self.new.first().copied()),
            (false, true) => values(kind, self.old.first().copied(), None),
            (false, false) => return values(kind, self.old.first().copied(), self.new.first().copied()),
        };
        if twice_before && twice_now {
            node.written.member = self.old != self.new;
        } else {
            node.written.member |= twice_now;
            node.removed.member = twice_before && self.new.is_empty();
        }
        node
    }
}
