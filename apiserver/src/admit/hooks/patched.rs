//! What a webhook makes of an object.

use std::sync::Arc;

use kontiki_api::decode::FieldValidation;
use kontiki_api::kind::Kind;
use kontiki_api::patch::apply_with;
use kontiki_api::request::PatchType;
use serde_json::Value;

use super::Subject;
use super::failure::{Failure, internal};
use super::form::Form;
use super::hook::Hook;
use crate::decode;

/// `shown`, of the version of `row`, after the JSON patch `patch` of `hook`; `None` where there is none.
///
/// # Errors
/// 500 where the patch cannot be read, does not fit, or there is no object to patch.
pub(super) fn patched(
    hook: &Hook,
    subject: &Subject<'_>,
    row: &Arc<Kind>,
    shown: &Value,
    patch: &[u8],
) -> Result<Option<Value>, Failure> {
    let failed = |why: &str| Failure::Final(internal(why));
    if patch.is_empty() {
        return Ok(None);
    }
    let operations =
        operations(patch).map_err(|why| Failure::Calling(format!("received undecodable patch in webhook response: {why}")))?;
    if operations.is_empty() {
        return Ok(None);
    }
    if shown.is_null() {
        let what = "attempted to modify the object, which is not supported for this operation";
        return Err(failed(&format!("admission webhook {:?} {what}", hook.name)));
    }
    let object = apply_with(None, PatchType::Json, patch, shown).map_err(|error| failed(&error.message))?;
    if subject.form != Form::Object {
        return Ok(Some(object));
    }
    if object["kind"].as_str().unwrap_or_default().is_empty() {
        return Err(failed(&format!("Object 'Kind' is missing in '{object}'")));
    }
    let typed = decode::patched(row, object, FieldValidation::Ignore, &mut Vec::new());
    typed.map(Some).map_err(|error| failed(&error.message))
}

/// The operations of `patch`, none for null.
fn operations(patch: &[u8]) -> Result<Vec<Value>, String> {
    const KNOWN: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];
    let patch: Value = serde_json::from_slice(patch).map_err(|error| match patch.first() {
        Some(first) if error.column() <= 1 => {
            format!("invalid character '{}' looking for beginning of value", char::from(*first))
        }
        _ => error.to_string(),
    })?;
    let operations = match patch {
        Value::Array(operations) => operations,
        Value::Null => Vec::new(),
        _ => return Err("json: cannot unmarshal object into Go value of type jsonpatch.Patch".into()),
    };
    match operations.iter().find(|operation| !operation["op"].as_str().is_some_and(|op| KNOWN.contains(&op))) {
        Some(other) => Err(format!("invalid operation {other}: unsupported operation")),
        None => Ok(operations),
    }
}
