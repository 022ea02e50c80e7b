//! Applies a patch body of any form.

use serde_json::{Map, Value};

use super::merge::merge;
use super::{PatchError, json, strategic_merge};
use crate::go;
use crate::kind::Kind;
use crate::request::PatchType;
use crate::schema::Schema;
use crate::status::Status;

/// `current`, an object of `kind`, changed by the patch `body`.
///
/// # Errors
/// 400 for a body that cannot be read, 413 for too many operations, 415 for a form that the kind does not take,
/// 422 for a patch that does not fit the object.
pub fn apply(kind: &Kind, form: PatchType, body: &[u8], current: &Value) -> Result<Value, Status> {
    // Upstream takes no strategic merge of custom objects.
    let schema = if kind.custom.is_some() && form == PatchType::Strategic { None } else { kind.schema() };
    apply_with(schema, form, body, current)
}

/// As [`apply`], by the schema of the body rather than of the kind: for subresources such as `scale`.
///
/// # Errors
/// As [`apply`].
pub fn apply_with(schema: Option<&Schema>, form: PatchType, body: &[u8], current: &Value) -> Result<Value, Status> {
    let patched = match form {
        PatchType::Json => json::patch(current.clone(), body)?,
        PatchType::Merge => merged(current.clone(), body)?,
        PatchType::Strategic => {
            let schema = schema.ok_or(PatchError::NoSchema)?;
            strategic_merge(Some(schema), current.clone(), read_strategic(body)?)?
        }
        PatchType::Apply => return Err(PatchError::ServerSideApply.into()),
    };
    if patched.is_object() { Ok(patched) } else { Err(PatchError::NotAnObject.into()) }
}

fn merged(mut current: Value, body: &[u8]) -> Result<Value, PatchError> {
    let patch: Option<Map<String, Value>> = serde_json::from_slice(body).map_err(|_| PatchError::Merge)?;
    let current_members = current.as_object_mut().ok_or(PatchError::NotAnObject)?;
    merge(current_members, patch.ok_or(PatchError::Merge)?);
    Ok(current)
}

fn read_strategic(body: &[u8]) -> Result<Value, PatchError> {
    go::map_of(body).map(Value::Object).map_err(PatchError::Decode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kinds;
    use crate::status::Reason;
    use proptest::prelude::*;
    use serde_json::json;

    fn patched(form: PatchType, body: &str, current: &Value) -> Result<Value, Status> {
        let kinds = Kinds::builtin();
        apply(kinds.get("", "v1", "pods").unwrap(), form, body.as_bytes(), current)
    }

    #[test]
    fn a_merge_patch_removes_what_is_null() {
        let current = json!({"a": {"b": 1, "c": [1]}, "d": 2});
        let body = r#"{"a": {"b": null, "c": [2, null]}, "e": {"f": null}}"#;
        assert_eq!(patched(PatchType::Merge, body, &current).unwrap(), json!({"a": {"c": [2, null]}, "d": 2, "e": {}}));
    }

    #[test]
    fn a_refusal_has_upstreams_class() {
        let reason = |form, body: &str| patched(form, body, &json!({"a": [1]})).unwrap_err().reason;
        assert_eq!(reason(PatchType::Merge, "{"), Reason::BadRequest);
        assert_eq!(reason(PatchType::Merge, "[]"), Reason::BadRequest);
        assert_eq!(reason(PatchType::Json, "{}"), Reason::BadRequest);
        assert_eq!(reason(PatchType::Json, r#"[{"op":"replace","path":"/b/c","value":1}]"#), Reason::Invalid);
        assert_eq!(reason(PatchType::Json, r#"[{"op":"replace","path":"","value":1}]"#), Reason::Invalid);
        assert_eq!(reason(PatchType::Json, r#"[{"op":"mend","path":"/a"}]"#), Reason::Invalid);
        assert_eq!(reason(PatchType::Json, "[1]"), Reason::BadRequest);
        assert_eq!(reason(PatchType::Strategic, r#"{"$patch":"mend"}"#), Reason::BadRequest);
        assert_eq!(reason(PatchType::Apply, "{}"), Reason::UnsupportedMediaType);
        let many = format!("[{}]", vec![r#"{"op":"test","path":"/a/0","value":1}"#; 10_001].join(","));
        assert_eq!(reason(PatchType::Json, &many), Reason::RequestEntityTooLarge);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), (0..9).prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-d]|\\$patch|metadata|spec|containers|name", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// A list in the place of a map keeps its nulls once: what is merged into a list has none.
        #[test]
        fn a_merge_patch_applied_again_and_again_is_applied_twice(current in any_json(), patch in any_json()) {
            let body = patch.to_string();
            if let Ok(once) = patched(PatchType::Merge, &body, &current) {
                let twice = patched(PatchType::Merge, &body, &once).unwrap();
                prop_assert_eq!(patched(PatchType::Merge, &body, &twice).unwrap(), twice);
            }
        }

        #[test]
        fn no_body_makes_a_patch_panic(current in any_json(), patch in any_json()) {
            for form in [PatchType::Json, PatchType::Merge, PatchType::Strategic] {
                let _ = patched(form, &patch.to_string(), &current);
            }
        }
    }
}
