//! Lists whose items are told apart.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::path::{ROOT, at, item};
use crate::custom::structural::model::{Additional, Structural};
use crate::go::sorted;
use crate::kind::validate::{Faults, Path};
use crate::schema::ListType;

/// Checks all lists in `value`: no two items of those of type set or map may stand for the same.
pub(super) fn check_all(schema: &Structural, value: &Value, path: Option<&Path<'_>>, faults: &mut Faults) {
    if !schema.has_keyed {
        return;
    }
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match (schema.property(name), &schema.additional) {
                    (Some(inner), _) => check_all(inner, value, Some(&at(path, name)), faults),
                    (None, Additional::Schema(inner)) => {
                        check_all(inner, value, Some(&path.unwrap_or(&ROOT).key(name)), faults);
                    }
                    (None, _) => {}
                }
            }
        }
        Value::Array(items) => {
            if schema.list_type == ListType::Map {
                keyed(schema, items, path, faults);
            } else if schema.list_type == ListType::Set {
                unique(items.iter().cloned(), path, faults);
            }
            if let Some(inner) = &schema.items {
                for (index, value) in items.iter().enumerate() {
                    check_all(inner, value, Some(&item(path, index)), faults);
                }
            }
        }
        _ => {}
    }
}

fn keyed(schema: &Structural, items: &[Value], path: Option<&Path<'_>>, faults: &mut Faults) {
    if let Some((index, value)) = items.iter().enumerate().find(|(_, value)| !value.is_null() && !value.is_object()) {
        return faults.invalid(&item(path, index), &sorted(value), "must be an object for an array of list-type map");
    }
    let of = |value: &Value| {
        let keys = schema.keys.iter().filter_map(|key| Some((key.to_string(), value.get(&**key)?.clone())));
        Value::Object(keys.collect::<Map<_, _>>())
    };
    unique(items.iter().map(of), path, faults);
}

/// Tells each value that is there more than once, where it is found again.
fn unique(values: impl ExactSizeIterator<Item = Value>, path: Option<&Path<'_>>, faults: &mut Faults) {
    if values.len() < 2 {
        return;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, value) in values.enumerate() {
        let times = seen.entry(sorted(&value).to_string()).or_default();
        *times += 1;
        if *times == 2 {
            faults.duplicate(&item(path, index), &sorted(&value));
        }
    }
}
