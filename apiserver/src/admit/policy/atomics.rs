//! Parts of a configuration that would be replaced as a whole.

use std::fmt::Write as _;

use kontiki_api::schema::{ListType, Schema};
use serde_json::Value;

/// The places in `config` of lists, maps and structs that `schema` calls atomic: `.spec.containers[0].args`. As upstream, an
/// `ApplyConfiguration` may hold none, for it cannot say what of such a value is its own.
pub(super) fn atomics(schema: &Schema, config: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, config, &mut String::new(), &mut found);
    found
}

fn walk(schema: &Schema, value: &Value, path: &mut String, found: &mut Vec<String>) {
    match (schema, value) {
        (Schema::Object(object), Value::Object(members)) => {
            found.extend(object.atomic.then(|| path.clone()));
            for (name, inner) in members {
                if let Some(field) = object.field(name) {
                    below(&field.schema, inner, path, found, |path| write!(path, ".{name}"));
                }
            }
        }
        (Schema::Map(map), Value::Object(members)) => {
            found.extend(map.atomic.then(|| path.clone()));
            for (name, inner) in members {
                below(&map.values, inner, path, found, |path| write!(path, ".{name}"));
            }
        }
        (Schema::List(list), Value::Array(items)) => {
            found.extend((list.list_type == ListType::Atomic).then(|| path.clone()));
            for (at, inner) in items.iter().enumerate() {
                below(&list.items, inner, path, found, |path| write!(path, "[{at}]"));
            }
        }
        _ => {}
    }
}

fn below(
    schema: &Schema,
    value: &Value,
    path: &mut String,
    found: &mut Vec<String>,
    step: impl FnOnce(&mut String) -> std::fmt::Result,
) {
    let length = path.len();
    // Writing into a string cannot fail.
    let _ = step(path);
    walk(schema, value, path, found);
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use kontiki_api::kind::Kinds;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_replaced_as_a_whole_is_told_by_its_place() {
        let kinds = Kinds::builtin();
        let schema = kinds.by_kind("v1", "Pod").unwrap().schema().unwrap();
        let config = json!({"metadata": {"labels": {"a": "b"}}, "spec": {
            "nodeSelector": {"a": "b"}, "containers": [{"name": "c", "image": "i"}, {"name": "d", "args": ["x"]}]}});
        assert_eq!(atomics(schema, &config), [".spec.nodeSelector", ".spec.containers[1].args"]);
    }
}
