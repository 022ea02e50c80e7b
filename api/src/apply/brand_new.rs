//! What whoever creates an object owns, written straight from the object.

use serde_json::{Map, Value};
use smallvec::SmallVec;

use super::list_items::element_of;
use super::node_type::{NodeType, Shape};
use super::{Element, Node, Set, order};
use crate::schema::{List, Schema};

/// The member that says that an element itself is owned, beside what lies below it.
const SELF: &str = ".";
/// Fields of every object that nobody manages.
const UNMANAGED: [&str; 2] = ["apiVersion", "kind"];
/// Fields of `metadata` that nobody manages.
const UNMANAGED_META: [&str; 9] = [
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
];

/// What differs between `zero` and `new`, as `FieldsV1` writes it, without what nobody manages and what lies in `reset`:
/// the same as comparing both and writing down the set, which makes a tree in between.
pub(super) fn fields_of_new(schema: &Schema, zero: &Value, new: &Value, reset: &Set) -> Map<String, Value> {
    let kind = NodeType::Of(schema);
    let shape = kind.shape_of_both(Some(zero), Some(new));
    let Value::Object(map) = new else { return Map::new() };
    let mut out = Map::with_capacity(map.len());
    if matches!(shape, Shape::Fields(_) | Shape::Entries(_)) {
        members(shape, Some(zero), map, Some(reset), Place::Root, &mut out);
    }
    out
}

/// Where members stand, for some are nobody's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Metadata,
    Elsewhere,
}

impl Place {
    fn is_unmanaged(self, name: &str) -> bool {
        match self {
            Self::Root => name == "metadata" || UNMANAGED.contains(&name),
            Self::Metadata => UNMANAGED_META.contains(&name),
            Self::Elsewhere => false,
        }
    }

    fn inside(self, name: &str) -> Self {
        if self == Self::Root && name == "metadata" { Self::Metadata } else { Self::Elsewhere }
    }
}

/// What is owned of `new` at a place, where anything is: an empty map for it alone.
fn owned(kind: NodeType<'_>, old: Option<&Value>, new: &Value, reset: Option<&Set>, place: Place) -> Option<Map<String, Value>> {
    let shape = kind.shape_of_both(old, Some(new));
    let mut out = Map::new();
    match (shape, new) {
        (Shape::Leaf, _) => return old.is_none_or(|old| !order::same(old, new)).then_some(out),
        (Shape::Fields(_) | Shape::Entries(_), Value::Object(map)) => {
            begin(&mut out, old, map.len());
            members(shape, old, map, reset, place, &mut out);
        }
        (Shape::Items(list), Value::Array(all)) => {
            begin(&mut out, old, all.len());
            items(list, all, reset, &mut out);
        }
        _ => begin(&mut out, old, 0),
    }
    match (old, out.len()) {
        // Nothing below it is owned.
        (None, 1) => Some(Map::new()),
        (Some(_), 0) => None,
        _ => Some(out),
    }
}

/// Who brings a value where there was none owns the value itself.
fn begin(out: &mut Map<String, Value>, old: Option<&Value>, parts: usize) {
    if old.is_none() {
        *out = Map::with_capacity(parts + 1);
        out.insert(SELF.to_owned(), Value::Object(Map::new()));
    }
}

fn members(
    shape: Shape<'_>,
    old: Option<&Value>,
    new: &Map<String, Value>,
    reset: Option<&Set>,
    place: Place,
    out: &mut Map<String, Value>,
) {
    let mut sorted: SmallVec<[(&String, &Value); 16]> = new.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in sorted {
        let member = shape.any_member(name);
        let gone = reset.and_then(|reset| reset.get(&member.element(name)));
        if gone.is_some_and(|node| node.member) {
            continue;
        }
        let before = old.and_then(|old| old.get(name));
        let Some(mut below) = owned(member.kind, before, value, inside(gone), place.inside(name)) else { continue };
        if place.is_unmanaged(name) {
            below.shift_remove(SELF);
            if below.is_empty() {
                continue;
            }
        }
        out.insert(["f:", name].concat(), Value::Object(below));
    }
}

fn inside(gone: Option<&Node>) -> Option<&Set> {
    gone.map(|node| &node.below).filter(|below| !below.is_empty())
}

/// Items that are listed twice count as one whole.
fn items(list: &List, all: &[Value], reset: Option<&Set>, out: &mut Map<String, Value>) {
    let mut told: SmallVec<[(Element, &Value); 16]> =
        all.iter().filter_map(|item| Some((element_of(list, item).ok()?, item))).collect();
    told.sort_by(|(one, _), (other, _)| one.cmp(other));
    for same in told.chunk_by(|(one, _), (other, _)| one == other) {
        let [(element, item), rest @ ..] = same else { continue };
        let gone = reset.and_then(|reset| reset.get(element));
        if gone.is_some_and(|node| node.member) {
            continue;
        }
        let below = match rest {
            [] => owned(NodeType::Of(&list.items), None, item, inside(gone), Place::Elsewhere),
            _ => Some(Map::new()),
        };
        out.extend(below.map(|below| (element.to_key(), Value::Object(below))));
    }
}
