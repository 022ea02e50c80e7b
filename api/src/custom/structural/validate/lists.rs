//! Lists whose items are told apart.

use serde_json::{Map, Value};

use crate::Text;
use crate::custom::structural::model::Structural;
use crate::kind::validate::{Faults, Path};
use crate::schema::ListType;

/// The item of `before` that stands for the same as `item`: by `keys`, or the equal one.
pub(super) fn same_item<'a>(keys: &[Text], before: &'a [Value], item: &Value) -> Option<&'a Value> {
    if keys.is_empty() {
        return before.iter().find(|old| *old == item);
    }
    before.iter().find(|old| keys.iter().all(|key| old.get(&**key) == item.get(&**key)))
}

/// No two items may stand for the same.
pub(super) fn check_unique(schema: &Structural, items: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let mut seen: std::collections::HashSet<String> = std::collections::HashSet::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let identity = match schema.list_type {
            ListType::Map => Value::Object(
                schema.keys.iter().filter_map(|key| Some((key.to_string(), item.get(&**key)?.clone()))).collect::<Map<_, _>>(),
            ),
            _ => item.clone(),
        };
        if !seen.insert(identity.to_string()) {
            faults.duplicate(&path.index(at), &identity);
        }
    }
}
