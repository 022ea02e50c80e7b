//! Whether decoding would leave a value as it is.

use serde_json::Value;

use super::scalar::is_kept;
use super::weight::is_compiled;
use crate::schema::{Object, Scalar, Schema};

/// Whether `value` is decoded by `schema` to itself, without a complaint. Where that is not clear at once, it is not said.
pub(super) fn conforms(value: &Value, schema: &Schema) -> bool {
    match (schema, value) {
        (_, Value::Null) => false,
        (Schema::Scalar(Scalar::Any | Scalar::Open), _) => true,
        (Schema::Object(object), Value::Object(map)) => map.iter().all(|(name, value)| member(object, name, value)),
        (Schema::Map(map), Value::Object(entries)) => entries.values().all(|value| conforms(value, &map.values)),
        (Schema::List(list), Value::Array(items)) => items.iter().all(|item| conforms(item, &list.items)),
        (Schema::Scalar(scalar), value) => is_kept(*scalar, value),
        _ => false,
    }
}

/// What is compiled is weighed when it is decoded.
fn member(object: &Object, name: &str, value: &Value) -> bool {
    match object.field(name) {
        Some(field) => {
            conforms(value, &field.schema) && !field.says_nothing(value) && (object.name.is_empty() || !is_compiled(name))
        }
        None => object.preserve_unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Body, FieldValidation, Format, decode};
    use crate::kind::Kinds;
    use serde_json::json;

    #[test]
    fn what_conforms_is_decoded_to_itself_and_nothing_else_conforms() {
        let kinds = Kinds::builtin();
        let row = kinds.get("", "v1", "pods").unwrap();
        let pod = |spec: Value| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec});
        let container = |more: Value| {
            let mut container = json!({"name": "c", "image": "i"});
            container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            pod(json!({"containers": [container], "nodeSelector": {"a": "b"}}))
        };
        let same = [
            json!({}),
            json!({"resources": {"limits": {"cpu": "500m"}}}),
            json!({"ports": [{"containerPort": 80}], "livenessProbe": {"httpGet": {"port": "http"}}}),
        ];
        for more in same {
            let object = container(more);
            assert!(conforms(&object, row.schema().unwrap()), "{object}");
            let decoded = decode(object.to_string().as_bytes(), Format::Json, Body::of(row), FieldValidation::Strict);
            assert_eq!(decoded.unwrap().object, object);
        }
        let other = [
            json!({"color": "red"}),
            json!({"tty": null}),
            json!({"env": [null]}),
            json!({"resources": {"limits": {"cpu": "0.5"}}}),
            json!({"resources": {"limits": {"cpu": 1}}}),
            json!({"stdin": "true"}),
            json!({"stdin": false}),
            json!({"env": [{"name": "E", "value": ""}]}),
            json!({"args": []}),
            json!({"resources": {"limits": {}}}),
            json!({"ports": [{"containerPort": 5_000_000_000_i64}]}),
        ];
        for more in other {
            assert!(!conforms(&container(more.clone()), row.schema().unwrap()), "{more}");
        }
    }

    #[test]
    fn times_conform_as_go_writes_them() {
        let kinds = Kinds::builtin();
        let row = kinds.get("", "v1", "events").unwrap();
        for (field, text, same) in [
            ("lastTimestamp", "2026-01-01T00:00:00Z", true),
            ("eventTime", "2026-01-01T00:00:00.000000Z", true),
            ("lastTimestamp", "2026-01-01T00:00:00.000000Z", false),
            ("lastTimestamp", "2026-01-01 00:00:00Z", false),
            ("eventTime", "2026-01-01T00:00:00Z", false),
        ] {
            let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, field: text});
            assert_eq!(conforms(&event, row.schema().unwrap()), same, "{field} {text}");
        }
    }
}
