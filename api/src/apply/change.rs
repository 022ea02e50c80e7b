//! What differs between two states of an object.

use std::sync::LazyLock;

use super::{Element, Node, Set};

/// Fields of every object that nobody manages.
static UNMANAGED: LazyLock<[Element; 2]> = LazyLock::new(|| ["apiVersion", "kind"].map(Element::field));
static METADATA: LazyLock<Element> = LazyLock::new(|| Element::field("metadata"));
/// Fields of `metadata` that nobody manages.
static UNMANAGED_META: LazyLock<[Element; 9]> = LazyLock::new(|| {
    ["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"]
        .map(Element::field)
});

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
        if !part.removed.is_empty() {
            self.removed.below.put(element.clone(), part.removed);
        }
        self.written.below.put(element, part.written);
    }
}

/// Takes the fields out of `set` that nobody manages.
pub(super) fn strip(set: &mut Set) {
    for name in &*UNMANAGED {
        set.change(name, |node| node.member = false);
    }
    set.change(&METADATA, |node| {
        node.member = false;
        for name in &*UNMANAGED_META {
            node.below.change(name, |node| node.member = false);
        }
    });
}
