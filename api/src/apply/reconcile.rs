//! Sets of fields that were written under an older schema.

use super::entry::Entry;
use super::node_type::{NodeType, Shape};
use super::{Element, Node, Set, Versions};
use crate::schema::{List, ListType, Schema};

/// Brings `entry` into line with the schema that its version has today; whether that version is still served.
pub(super) fn reconciled(versions: &dyn Versions, entry: &mut Entry) -> bool {
    let Some(schema) = versions.schema(&entry.api_version) else { return false };
    let set = entry.set();
    *set = below(NodeType::Of(schema), set);
    true
}

/// `set` as it reads under a schema: what has become atomic is owned as a whole. Who owned the whole of what no longer is atomic
/// owns that and nothing in it, as upstream has it.
fn below(kind: NodeType<'_>, set: &Set) -> Set {
    let shape = kind.shape();
    let mut out = Set::default();
    for (element, node) in set.iter() {
        let kind = match (shape, element) {
            (Shape::Items(List { items, .. }), _) => Some(NodeType::Of(items)),
            (Shape::Fields(_) | Shape::Entries(_), Element::Field(name)) => shape.member(name).map(|member| member.kind),
            _ => None,
        };
        out.put(element.clone(), kind.map_or_else(|| node.clone(), |kind| self::node(kind, node)));
    }
    out
}

fn node(kind: NodeType<'_>, node: &Node) -> Node {
    match kind.shape() {
        Shape::Leaf if is_atomic(kind) && !node.below.is_empty() => Node::leaf(),
        Shape::Leaf | Shape::Entries(NodeType::Deduced) => node.clone(),
        _ => Node { member: node.member, below: below(kind, &node.below) },
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
