//! Items of a list that stand for the same as items of the list before it.

use std::collections::HashMap;

use serde_json::Value;

use crate::Text;

/// Lists of so many items are looked through.
const FEW: usize = 8;

/// What tells an item apart: the values at the keys, or all of it.
type Identity<'a> = Vec<Option<&'a Value>>;

/// The items of a list as it was, by what tells them apart.
pub(super) struct SameItems<'k, 'a> {
    keys: &'k [Text],
    few: &'a [Value],
    others: HashMap<Identity<'a>, &'a Value>,
}

impl<'k, 'a> SameItems<'k, 'a> {
    /// Those of `items`, told apart by `keys`; without keys by all that they are.
    pub fn new(keys: &'k [Text], items: &'a [Value]) -> Self {
        let (few, rest) = items.split_at(items.len().min(FEW));
        let mut others = HashMap::with_capacity(rest.len());
        for item in rest {
            others.entry(identity(keys, item)).or_insert(item);
        }
        Self { keys, few, others }
    }

    /// The first of them that stands for the same as `item`.
    pub fn of(&self, item: &Value) -> Option<&'a Value> {
        let same = |old: &&Value| match self.keys {
            [] => *old == item,
            keys => keys.iter().all(|key| old.get(&**key) == item.get(&**key)),
        };
        // A map of keys that live long is one of keys that live shorter as well.
        let others: &HashMap<Identity<'_>, &'a Value> = &self.others;
        let few = self.few.iter().find(same);
        few.or_else(|| if others.is_empty() { None } else { others.get(&identity(self.keys, item)).copied() })
    }
}

fn identity<'v>(keys: &[Text], item: &'v Value) -> Identity<'v> {
    if keys.is_empty() { vec![Some(item)] } else { keys.iter().map(|key| item.get(&**key)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_is_found_by_its_keys_or_by_all_of_it() {
        let items: Vec<Value> = (0..20).map(|at| json!({"a": at / 2, "b": at % 2, "c": at})).collect();
        let keys = ["a".into(), "b".into()];
        let (by_keys, whole) = (SameItems::new(&keys, &items), SameItems::new(&[], &items));
        for (at, item) in items.iter().enumerate() {
            let mut changed = item.clone();
            changed["c"] = (-1).into();
            assert_eq!(by_keys.of(&changed), Some(&items[at]));
            assert_eq!((whole.of(&changed), whole.of(item)), (None, Some(item)));
        }
        assert_eq!(by_keys.of(&json!({"a": 3})), None);
    }
}
