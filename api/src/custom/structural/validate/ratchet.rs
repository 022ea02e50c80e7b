//! What counts as unchanged: faults that were there before are let pass.

use serde_json::Value;

use crate::custom::same_items::SameItems;
use crate::custom::structural::model::Structural;
use crate::schema::ListType;

/// Whether `new` is what `old` was. Fields that the schema does not list, or that are new, are always taken for changed;
/// items of a list of type map are compared with those of the same keys.
pub(super) fn same(schema: &Structural, new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            new.len() == old.len()
                && new.iter().all(|(name, value)| {
                    let (inner, before) = (schema.field(name), old.get(name));
                    inner.zip(before).is_some_and(|(inner, before)| same(inner, value, before))
                })
        }
        (Value::Array(new), Value::Array(old)) if schema.list_type == ListType::Map && !schema.keys.is_empty() => {
            let items = SameItems::new(&schema.keys, old);
            new.len() == old.len()
                && new.iter().all(|item| {
                    let (inner, before) = (schema.items.as_deref(), before(schema, &items, item));
                    inner.zip(before).is_some_and(|(inner, before)| same(inner, item, before))
                })
        }
        _ => new == old,
    }
}

/// The item of the list of `schema` as it was, `items`, that has the keys of `item`.
pub(super) fn before<'a>(schema: &Structural, items: &SameItems<'_, 'a>, item: &Value) -> Option<&'a Value> {
    let keyed =
        |key: &crate::Text| item.get(&**key).is_some_and(|value| !(value.is_null() || value.is_object() || value.is_array()));
    items.of(item).filter(|_| schema.keys.iter().all(keyed))
}
