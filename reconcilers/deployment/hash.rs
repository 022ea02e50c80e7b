//! The hash that names a template.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The letters of upstream's `rand.SafeEncodeString`: no vowels, no look-alikes.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// As long as upstream's longest.
const LENGTH: usize = 10;

/// `pod-template-hash` of `template`: the same for equal templates, whatever the order of their fields.
/// `collisions` tells it from the hashes that met another template's ReplicaSet.
pub(super) fn template_hash(template: &Value, collisions: i32) -> String {
    let mut canonical = String::new();
    write_canonical(template, &mut canonical);
    let digest = Sha256::new().chain_update(canonical).chain_update(collisions.to_be_bytes()).finalize();
    digest.iter().take(LENGTH).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (name, member) in members {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(member, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_fields_does_not_count_but_collisions_do() {
        let one = template_hash(&json!({"a": 1, "b": [{"c": "x", "d": null}]}), 0);
        let other = template_hash(&json!({"b": [{"d": null, "c": "x"}], "a": 1}), 0);
        assert_eq!(one, other);
        assert_eq!(one.len(), LENGTH);
        assert_ne!(one, template_hash(&json!({"a": 1, "b": [{"c": "x", "d": null}]}), 1));
    }

    #[test]
    fn the_hash_of_a_template_never_changes() {
        assert_eq!(template_hash(&json!({"spec": {"containers": [{"image": "demo"}]}}), 0), "4snrdmp56b");
    }
}
