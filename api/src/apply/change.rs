//! What differs between two states of an object.

use super::{Element, Node, Set};

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

/// What differs between two states of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// Fields that are new or have another value.
    pub written: Set,
    /// Fields that are gone.
    pub removed: Set,
}

/// What differs of one value.
#[derive(Debug, Default)]
pub(super) struct ChangeNode {
    /// See [`Change::written`].
    pub written: Node,
    /// See [`Change::removed`].
    pub removed: Node,
}

impl ChangeNode {
    /// Adds what differs of the part at `element`.
    pub fn put(&mut self, element: impl FnOnce() -> Element, part: Self) {
        if part.written.is_empty() && part.removed.is_empty() {
            return;
        }
        let element = element();
        self.written.below.put(element.clone(), part.written);
        self.removed.below.put(element, part.removed);
    }
}

/// Takes the fields out of `set` that nobody manages.
pub(super) fn strip(set: &mut Set) {
    for name in UNMANAGED {
        set.change(&Element::field(name), |node| node.member = false);
    }
    set.change(&Element::field("metadata"), |node| {
        node.member = false;
        for name in UNMANAGED_META {
            node.below.change(&Element::field(name), |node| node.member = false);
        }
    });
}
