//! Pruning.

use serde_json::Value;

use super::model::{Additional, Structural};
use crate::schema::definition;

/// Unknown fields that are told; there may be more.
const TOLD: usize = 100;
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

impl Structural {
    /// Drops the fields of a whole object that the schema does not know; answers their paths.
    pub fn prune(&self, object: &mut Value) -> Vec<String> {
        let mut unknown = Vec::new();
        prune(self, object, Place { whole: true, kept: false }, &mut String::new(), &mut unknown);
        unknown
    }
}

/// Drops what `schema` does not know of `value`, whose metadata is judged elsewhere; answers the paths.
pub(in crate::custom) fn prune_part(schema: &Structural, value: &mut Value) -> Vec<String> {
    let mut unknown = Vec::new();
    prune(schema, value, Place { whole: schema.embedded, kept: false }, &mut String::new(), &mut unknown);
    unknown
}

/// What is known of a value besides its schema.
#[derive(Clone, Copy, Default)]
struct Place {
    /// It is a whole object.
    whole: bool,
    /// It is an item of a list that keeps what is not known.
    kept: bool,
}

fn prune(schema: &Structural, value: &mut Value, Place { whole, kept }: Place, path: &mut String, unknown: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| {
                let typed = (whole || schema.embedded) && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
                if typed && !whole && name == "metadata" {
                    return within(path, name, |path| prune_metadata(value, path, unknown)).is_some();
                }
                let known = typed
                    || kept
                    || schema.preserve_unknown
                    || schema.property(name).is_some()
                    || !matches!(schema.additional, Additional::None);
                if let Some(inner) = schema.field(name).filter(|_| !typed) {
                    within(path, name, |path| prune(inner, value, Place::default(), path, unknown));
                }
                if !known && unknown.len() < TOLD {
                    within(path, name, |path| unknown.push(path.clone()));
                }
                known
            });
        }
        Value::Array(items) => {
            let Some(inner) = schema.items.as_deref() else { return };
            let place = Place { whole: false, kept: kept || schema.preserve_unknown };
            for (at, item) in items.iter_mut().enumerate() {
                let length = path.len();
                path.push_str(&format!("[{at}]"));
                prune(inner, item, place, path, unknown);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// What an embedded object's metadata may hold is the same for all kinds.
fn prune_metadata(metadata: &mut Value, path: &mut String, unknown: &mut Vec<String>) -> Option<()> {
    let schema = definition(OBJECT_META)?;
    let map = metadata.as_object_mut()?;
    map.retain(|name, _| {
        let known = schema.member(name).is_some();
        if !known {
            within(path, name, |path| unknown.push(path.clone()));
        }
        known
    });
    Some(())
}

/// Runs `inside` with the field `name` at the end of `path`.
fn within<R>(path: &mut String, name: &str, inside: impl FnOnce(&mut String) -> R) -> R {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(name);
    let result = inside(path);
    path.truncate(length);
    result
}

#[cfg(test)]
mod tests {
    use super::super::compile;
    use serde_json::json;

    #[test]
    fn items_of_a_list_that_keeps_unknown_fields_keep_theirs() {
        let item = json!({"type": "object", "properties": {"a": {"type": "object"}}});
        let schema = compile(&json!({"type": "object", "properties": {
            "open": {"type": "array", "x-kubernetes-preserve-unknown-fields": true, "items": item}}}));
        let mut object = json!({"open": [{"a": {"x": 1}, "b": {"c": 1}}]});
        assert_eq!(schema.prune(&mut object), ["open[0].a.x"]);
        assert_eq!(object, json!({"open": [{"a": {}, "b": {"c": 1}}]}));
    }

    #[test]
    fn what_the_schema_does_not_know_goes() {
        let schema = compile(&json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"closed": {"type": "object"}}},
                "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "pod": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}},
            }},
        }}));
        let mut object = json!({"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "n"}, "x": 1, "spec": {
            "list": [{"a": "1", "b": 2}], "open": {"x": {"y": 1}, "closed": {"z": 1}}, "map": {"k": {"a": "1", "b": 1}}, "y": {},
            "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "color": 1}, "extra": 1}}});
        let unknown = schema.prune(&mut object);
        let paths =
            ["x", "spec.list[0].b", "spec.open.closed.z", "spec.map.k.b", "spec.y", "spec.pod.metadata.color", "spec.pod.extra"];
        assert_eq!(unknown, paths);
        assert_eq!(
            object,
            json!({"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "n"}, "spec": {
            "list": [{"a": "1"}], "open": {"x": {"y": 1}, "closed": {}}, "map": {"k": {"a": "1"}},
            "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}}})
        );
    }
}
