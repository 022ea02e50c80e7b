//! Merges lists whose items are told apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Element;
use super::list_items::element_of;
use super::merge::both;
use super::node_type::NodeType;
use crate::schema::List;

/// The items of both lists: those of `config` in its order, those of `live` alone where they stood between them.
pub(super) fn merge_list(list: &List, live: &[Value], config: &[Value]) -> Vec<Value> {
    let (live, config) = (Indexed::new(list, live), Indexed::new(list, config));
    let mut order = Order { live: &live, config: &config, done: BTreeSet::new(), out: Vec::new() };
    order.run();
    let mut merged = Vec::with_capacity(order.out.len());
    for element in order.out {
        match (live.items.get(element), config.items.get(element)) {
            (Some(live), Some(config)) => merged.extend(last_wins(list, live, config)),
            (Some(only), None) | (None, Some(only)) => merged.extend(only.iter().map(|item| (*item).clone())),
            (None, None) => {}
        }
    }
    merged
}

/// An item that `live` has twice becomes the one that is applied.
fn last_wins(list: &List, live: &[&Value], config: &[&Value]) -> Option<Value> {
    match (live, config) {
        ([live], [config, ..]) => Some(both(NodeType::Of(&list.items), live, config)),
        (_, config) => config.first().map(|item| (*item).clone()),
    }
}

/// A list by element.
struct Indexed<'v> {
    order: Vec<Element>,
    items: BTreeMap<Element, Vec<&'v Value>>,
}

impl<'v> Indexed<'v> {
    fn new(list: &List, values: &'v [Value]) -> Self {
        let mut indexed = Self { order: Vec::with_capacity(values.len()), items: BTreeMap::new() };
        for value in values {
            let Ok(element) = element_of(list, value) else { continue };
            let same = indexed.items.entry(element.clone()).or_default();
            if same.is_empty() {
                indexed.order.push(element);
            }
            same.push(value);
        }
        indexed
    }

    fn has(&self, element: &Element) -> bool {
        self.items.contains_key(element)
    }
}

/// The order of a merged list, found by walking both lists at once.
struct Order<'i, 'v> {
    live: &'i Indexed<'v>,
    config: &'i Indexed<'v>,
    done: BTreeSet<&'i Element>,
    out: Vec<&'i Element>,
}

impl<'i> Order<'i, '_> {
    fn run(&mut self) {
        let (live, config) = (self.live, self.config);
        let mut shared = config.order.iter().filter(|element| live.has(element)).peekable();
        let (mut left, mut right) = (live.order.iter().peekable(), config.order.iter().peekable());
        loop {
            match (left.peek().copied(), right.peek().copied()) {
                (None, None) => return,
                (Some(ours), _) if !config.has(ours) => {
                    // An item that only the object has stays before what follows it there.
                    self.emit(ours);
                    left.next();
                }
                (Some(ours), Some(theirs)) if ours == theirs => {
                    self.emit(ours);
                    left.next();
                    right.next();
                    shared.next();
                }
                // It comes when the configuration's order reaches it.
                (Some(ours), _) if self.done.contains(ours) || shared.peek().is_some_and(|next| *next != ours) => {
                    left.next();
                }
                (_, Some(theirs)) => {
                    self.emit(theirs);
                    right.next();
                    if shared.peek().is_some_and(|next| *next == theirs) {
                        shared.next();
                    }
                }
                (Some(_), None) => drop(left.next()),
            }
        }
    }

    fn emit(&mut self, element: &'i Element) {
        if self.done.insert(element) {
            self.out.push(element);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn merged(live: &str, config: &str) -> String {
        let schema = crate::schema::read(&json!({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}));
        let crate::schema::Schema::List(list) = schema else { panic!("a list") };
        let letters = |text: &str| text.chars().map(|c| Value::from(c.to_string())).collect::<Vec<_>>();
        merge_list(&list, &letters(live), &letters(config)).iter().filter_map(Value::as_str).collect()
    }

    #[test]
    fn applied_items_keep_their_order_and_others_their_place() {
        for (live, config, expected) in [
            ("abc", "abc", "abc"),
            ("abc", "cba", "cba"),
            ("abc", "c", "abc"),
            ("abc", "d", "abcd"),
            ("bc", "abc", "abc"),
            ("ac", "abc", "abc"),
            ("axb", "ba", "xba"),
            ("", "ab", "ab"),
            ("ab", "", "ab"),
        ] {
            assert_eq!(merged(live, config), expected, "{live} + {config}");
        }
    }

    proptest! {
        #[test]
        fn every_item_is_there_once(live in "[a-f]{0,5}", config in "[a-f]{0,5}") {
            let unique = |text: &str| text.chars().collect::<BTreeSet<_>>();
            let (left, right): (String, String) = (unique(&live).iter().collect(), unique(&config).iter().rev().collect());
            let out = merged(&left, &right);
            prop_assert_eq!(out.len(), unique(&out).len());
            prop_assert_eq!(unique(&out), unique(&(left + &right)));
            let kept: String = out.chars().filter(|c| right.contains(*c)).collect();
            prop_assert_eq!(kept, right);
        }
    }
}
