//! Sets of field paths.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use super::Element;

/// A set of field paths, as a tree. A field being in it says nothing about the fields that hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// No node is empty.
    nodes: BTreeMap<Element, Node>,
}

/// What a [`Set`] says of one element and what lies below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The element itself is in the set.
    pub member: bool,
    /// What is in the set below it.
    pub below: Set,
}

/// One field of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<Element>);

/// As upstream writes it: `.spec.containers[name="web"].image`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|element| element.fmt(f))
    }
}

impl Path {
    /// The path of nested fields.
    pub fn of_fields(names: &[&str]) -> Self {
        Self(names.iter().map(|name| Element::field(name)).collect())
    }
}

impl Node {
    /// The element and nothing below it.
    pub fn leaf() -> Self {
        Self { member: true, below: Set::default() }
    }

    /// Neither the element nor anything below it.
    pub fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }

    fn touches(&self, other: &Self) -> bool {
        (self.member && other.member) || self.below.is_empty() != other.below.is_empty() || self.below.touches(&other.below)
    }

    fn add(&mut self, other: &Self) {
        self.member |= other.member;
        self.below.add(&other.below);
    }

    fn common(&self, other: &Self) -> Self {
        Self { member: self.member && other.member, below: self.below.intersection(&other.below) }
    }

    fn without(&self, other: &Self) -> Self {
        Self { member: self.member && !other.member, below: self.below.difference(&other.below) }
    }
}

impl Set {
    /// The set of these paths.
    pub fn of(paths: &[Path]) -> Self {
        let mut set = Self::default();
        for path in paths {
            set.insert(&path.0);
        }
        set
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many elements it says something of.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// What it says of each element, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Element, &Node)> {
        self.nodes.iter()
    }

    /// What it says of `element`.
    pub fn get(&self, element: &Element) -> Option<&Node> {
        self.nodes.get(element)
    }

    /// Whether the field at `path` is in it.
    pub fn has(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.get(last).is_some_and(|node| node.member),
            [first, rest @ ..] => self.get(first).is_some_and(|node| node.below.has(rest)),
        }
    }

    /// Whether anything in `other` concerns this: the same field, or one above or below it.
    pub fn touches(&self, other: &Self) -> bool {
        let (few, many) = if self.nodes.len() < other.nodes.len() { (self, other) } else { (other, self) };
        few.nodes.iter().any(|(element, node)| many.get(element).is_some_and(|found| node.touches(found)))
    }

    /// Adds the field at `path`.
    pub fn insert(&mut self, path: &[Element]) {
        let Some((first, rest)) = path.split_first() else { return };
        let node = self.nodes.entry(first.clone()).or_default();
        if rest.is_empty() { node.member = true } else { node.below.insert(rest) }
    }

    /// Adds what `node` says of `element`.
    pub fn put(&mut self, element: Element, node: Node) {
        if node.is_empty() {
            return;
        }
        match self.nodes.entry(element) {
            Entry::Vacant(vacant) => drop(vacant.insert(node)),
            Entry::Occupied(mut known) => known.get_mut().add(&node),
        }
    }

    /// Adds everything in `other`.
    pub fn add(&mut self, other: &Self) {
        for (element, node) in &other.nodes {
            match self.nodes.get_mut(element) {
                Some(known) => known.add(node),
                None => drop(self.nodes.insert(element.clone(), node.clone())),
            }
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.filtered(|element, node| other.get(element).map(|found| node.common(found)))
    }

    /// What is in this and not in `other`; fields below one that `other` has stay.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.filtered(|element, node| Some(other.get(element).map_or_else(|| node.clone(), |found| node.without(found))))
    }

    /// What is in this and in `kept` or below it.
    #[must_use]
    pub fn only_below(&self, kept: &Self) -> Self {
        self.filtered(|element, node| match kept.get(element) {
            None => None,
            Some(found) if found.member => Some(node.clone()),
            Some(found) => Some(Node { member: false, below: node.below.only_below(&found.below) }),
        })
    }

    /// Takes `element` and everything below it out.
    pub fn cut(&mut self, element: &Element) {
        self.nodes.remove(element);
    }

    /// Takes out what is in `other` or below a field that is.
    pub fn cut_all(&mut self, other: &Self) {
        for (element, gone) in &other.nodes {
            if gone.member {
                self.cut(element);
            } else {
                self.change(element, |node| node.below.cut_all(&gone.below));
            }
        }
    }

    /// Changes what it says of `element`, where it says anything.
    pub fn change(&mut self, element: &Element, change: impl FnOnce(&mut Node)) {
        let Some(node) = self.nodes.get_mut(element) else { return };
        change(node);
        if node.is_empty() {
            self.nodes.remove(element);
        }
    }

    /// Every field in it: at each level first the fields there, then those below them.
    pub fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect(&self, prefix: &mut Vec<Element>, paths: &mut Vec<Path>) {
        for (element, _) in self.nodes.iter().filter(|(_, node)| node.member) {
            paths.push(Path(prefix.iter().chain([element]).cloned().collect()));
        }
        for (element, node) in &self.nodes {
            prefix.push(element.clone());
            node.below.collect(prefix, paths);
            prefix.pop();
        }
    }

    fn filtered(&self, keep: impl Fn(&Element, &Node) -> Option<Node>) -> Self {
        let kept = self.nodes.iter().filter_map(|(element, node)| Some((element.clone(), keep(element, node)?)));
        Self { nodes: kept.filter(|(_, node)| !node.is_empty()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_set() -> impl Strategy<Value = Set> {
        let path =
            prop::collection::vec("[a-c]", 1..4).prop_map(|names| Path(names.iter().map(|name| Element::field(name)).collect()));
        prop::collection::vec(path, 0..8).prop_map(|paths| Set::of(&paths))
    }

    proptest! {
        #[test]
        fn the_algebra_of_sets_holds(a in any_set(), b in any_set()) {
            let mut union = a.clone();
            union.add(&b);
            let common = a.intersection(&b);
            for path in union.paths() {
                prop_assert!(a.has(&path.0) || b.has(&path.0));
                prop_assert_eq!(common.has(&path.0), a.has(&path.0) && b.has(&path.0));
                prop_assert_eq!(a.difference(&b).has(&path.0), a.has(&path.0) && !b.has(&path.0));
            }
            let mut rejoined = a.difference(&b);
            rejoined.add(&common);
            prop_assert_eq!(rejoined, a.clone());
            prop_assert_eq!(Set::of(&a.paths()), a.clone());
            prop_assert!(a.difference(&a).is_empty());
        }
    }

    #[test]
    fn cutting_a_set_takes_what_lies_below() {
        let a = Set::of(&[Path::of_fields(&["a"]), Path::of_fields(&["a", "b", "c"]), Path::of_fields(&["d"])]);
        let b = Set::of(&[Path::of_fields(&["a", "b"])]);
        let mut cut = a.clone();
        cut.cut_all(&b);
        assert_eq!(cut, Set::of(&[Path::of_fields(&["a"]), Path::of_fields(&["d"])]));
        assert_eq!(a.difference(&b), a);
        assert_eq!(a.only_below(&b), Set::of(&[Path::of_fields(&["a", "b", "c"])]));
    }
}
