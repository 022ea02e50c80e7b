//! Structs above the fields of a set.

use super::node_type::{NodeType, Shape};
use super::{Element, Node, Set};
use crate::schema::Schema;

/// `set` and the named fields of structs that hold anything in it.
pub(super) fn with_named(schema: &Schema, set: &Set) -> Set {
    below(NodeType::Of(schema), set)
}

fn below(kind: NodeType<'_>, set: &Set) -> Set {
    let shape = kind.shape();
    let mut out = Set::default();
    for (element, node) in set.iter() {
        let (kind, named) = match (shape, element) {
            (Shape::Items(list), _) => (NodeType::Of(&list.items), false),
            (_, Element::Field(name)) => {
                let member = shape.any_member(name);
                (member.kind, member.is_named())
            }
            _ => (NodeType::Deduced, false),
        };
        let member = node.member || (named && !node.below.is_empty());
        out.put(element.clone(), Node { member, below: below(kind, &node.below) });
    }
    out
}
