//! Secrets out of recordings: their values become a keyed hash, the same for the same value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Map, Value, json};

use crate::plan::Intent;

/// Where secret values are found in a Secret.
const VALUES: [&str; 2] = ["data", "stringData"];
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Replaces the values of an object or patch of the collection `secrets`.
pub(super) fn redact_secret(key: &hmac::Key, value: &mut Value) {
    for part in VALUES {
        if let Some(values) = value.get_mut(part).and_then(Value::as_object_mut) {
            redact_values(key, values);
        }
    }
    if let Some(applied) = value.pointer_mut("/metadata/annotations").and_then(|all| all.get_mut(LAST_APPLIED)) {
        *applied = json!(hashed(key, applied));
    }
}

/// Replaces the secret values in the intents of a plan.
pub(super) fn redact_plan(key: &hmac::Key, plan: &mut Value) {
    for intent in plan.get_mut("intents").and_then(Value::as_array_mut).into_iter().flatten() {
        redact_intent(key, intent);
    }
}

/// Intents for people to look at: secret values are replaced under a key that is used once.
pub(crate) fn redact_intents(intents: &[Intent]) -> Value {
    let key = ring::rand::SystemRandom::new();
    let key = hmac::Key::generate(hmac::HMAC_SHA256, &key).unwrap_or_else(|_| hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]));
    let mut plan = json!({ "intents": intents });
    redact_plan(&key, &mut plan);
    plan.get_mut("intents").map(Value::take).unwrap_or_default()
}

fn redact_intent(key: &hmac::Key, intent: &mut Value) {
    let Some((form, content)) = intent.as_object_mut().and_then(|map| map.iter_mut().next()) else { return };
    let about = content.pointer("/on/key/resource").and_then(Value::as_str) == Some("secrets");
    let made = content.pointer("/object/kind").and_then(Value::as_str) == Some("Secret");
    let part = if form == "Create" { "object" } else { "body" };
    if let Some(body) = content.get_mut(part).filter(|_| about || made) {
        match body {
            // A JSON patch: any value may be secret.
            Value::Array(operations) => operations.iter_mut().filter_map(Value::as_object_mut).for_each(|operation| {
                if let Some(value) = operation.get_mut("value") {
                    *value = json!(hashed(key, value));
                }
            }),
            body => redact_secret(key, body),
        }
    }
}

fn redact_values(key: &hmac::Key, values: &mut Map<String, Value>) {
    for value in values.values_mut().filter(|value| !value.is_null()) {
        *value = json!(hashed(key, value));
    }
}

/// Base64, so that it still reads as a value of a Secret.
fn hashed(key: &hmac::Key, value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    STANDARD.encode(hmac::sign(key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_value_is_left_in_objects_or_plans() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
        let mut secret = json!({"kind": "Secret", "metadata": {"annotations": {LAST_APPLIED: "hunter2"}},
            "data": {"a": "hunter2"}, "stringData": {"b": "hunter2"}});
        redact_secret(&key, &mut secret);
        let mut plan = json!({"intents": [
            {"Create": {"object": {"kind": "Secret", "data": {"a": "hunter2"}}}},
            {"Patch": {"on": {"key": {"resource": "secrets"}}, "body": [{"op": "add", "path": "/data/a", "value": "hunter2"}]}},
        ]});
        redact_plan(&key, &mut plan);
        assert!(!format!("{secret}{plan}").contains("hunter2"));
        assert_eq!(secret["data"]["a"], plan["intents"][0]["Create"]["object"]["data"]["a"], "the same value, the same hash");
    }
}
