//! What is never written down.

use kontiki_api::kind::Kind;
use serde_json::Value;

/// What stands in the place of what is left out.
const REDACTED: &str = "<redacted>";
/// The annotation in which kubectl keeps what it applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Kinds of bodies that carry tokens.
const WITH_TOKENS: [&str; 2] = ["TokenReview", "TokenRequest"];

/// Takes the values out of `body`, which was sent to or answered about `kind`: all of a kind that is sealed in the store,
/// and the tokens of those that carry some. Names of values stay.
pub(super) fn redact(kind: &Kind, body: &mut Value) {
    if kind.sealed {
        seal(body);
    }
    let named = body.get("kind").and_then(Value::as_str).is_some_and(|kind| WITH_TOKENS.contains(&kind));
    if named || WITH_TOKENS.contains(&&*kind.kind) {
        for place in ["/spec/token", "/status/token"] {
            if let Some(token) = body.pointer_mut(place).filter(|token| token.is_string()) {
                *token = REDACTED.into();
            }
        }
    }
}

/// Whatever the form: an object, a list, a table, a patch.
fn seal(body: &mut Value) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(seal),
        Value::Object(fields) => {
            // An operation of a JSON patch.
            let is_operation = fields.contains_key("op") && fields.contains_key("path");
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    "value" if is_operation => hide(value),
                    "data" | "stringData" => hide(value),
                    LAST_APPLIED => hide(value),
                    _ => seal(value),
                }
            }
        }
        _ => {}
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| hide(value)),
        Value::Null => {}
        other => *other = REDACTED.into(),
    }
}

/// Takes `metadata.managedFields` out of an object, or of every object of a list.
pub(super) fn drop_managed_fields(body: &mut Value) {
    let lists = body.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten();
    lists.for_each(drop_managed_fields);
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
}
