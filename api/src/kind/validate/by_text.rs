//! The items of a list by a text of theirs.

use std::collections::HashMap;

use serde_json::Value;
use smallvec::SmallVec;

use crate::member_of;

/// So many are looked through one by one; the others are hashed.
const FEW: usize = 8;

/// Items by the text in one of their fields; of several with the same text the first.
#[derive(Debug, Default)]
pub struct ByText<'a> {
    few: SmallVec<[(&'a str, &'a Value); FEW]>,
    others: HashMap<&'a str, &'a Value>,
}

impl<'a> ByText<'a> {
    /// Those of `items` by the text at `field`; without one they are at the empty text.
    pub fn of(items: impl IntoIterator<Item = &'a Value>, field: &str) -> Self {
        let mut found = Self::default();
        for item in items {
            let text = member_of(item, field).and_then(Value::as_str).unwrap_or_default();
            if found.few.len() < FEW {
                found.few.push((text, item));
            } else {
                found.others.entry(text).or_insert(item);
            }
        }
        found
    }

    /// The first item with `text`.
    pub fn get(&self, text: &str) -> Option<&'a Value> {
        let few = self.few.iter().find(|(own, _)| *own == text).map(|(_, item)| *item);
        few.or_else(|| if self.others.is_empty() { None } else { self.others.get(text).copied() })
    }

    /// Whether there is an item with `text`.
    pub fn has(&self, text: &str) -> bool {
        self.get(text).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_item_of_a_text_is_found_in_short_lists_and_in_long_ones() {
        let items: Vec<Value> = (0..200).map(|at| json!({"name": (at % 100).to_string(), "at": at})).collect();
        for length in [5, 200] {
            let found = ByText::of(&items[..length], "name");
            assert!(!found.has("100") && !found.has(""));
            for at in 0..length.min(100) {
                assert_eq!(found.get(&at.to_string()).unwrap()["at"], at);
            }
        }
    }
}
