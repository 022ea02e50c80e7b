//! Carries out a JSON patch.

use serde_json::Value;
use serde_json::value::RawValue;

use super::operation::operation;
use super::spent::Spent;
use crate::decode::{shown, unread};
use crate::patch::PatchError;

/// As many operations as upstream allows.
const MAX_OPERATIONS: usize = 10_000;

/// `document` after every operation of `body`. What is wrong with one shows when its turn comes.
///
/// # Errors
/// A body that is no list of operations, too many of them, or one that does not fit.
pub fn patch(mut document: Value, body: &[u8]) -> Result<Value, PatchError> {
    let unreadable = |error: serde_json::Error| PatchError::Decode(error.to_string());
    // Read one by one, operations take no more room than their text.
    let operations: Option<Vec<&RawValue>> = serde_json::from_slice(body).map_err(|error| match unread(body) {
        Some(why) => PatchError::Decode(why.replace("map[string]interface {}", "[]handlers.jsonPatchOp")),
        None if error.is_data() => {
            PatchError::Decode("json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp".into())
        }
        None => unreadable(error),
    })?;
    let operations = operations.unwrap_or_default();
    if let Some(other) = operations.iter().map(|operation| operation.get()).find(|text| !is_map(text)) {
        return Err(PatchError::Decode(format!("an operation must be an object, not {}", shown(other))));
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooManyOperations { limit: MAX_OPERATIONS, count: operations.len() });
    }
    let mut spent = Spent::default();
    for (at, text) in operations.into_iter().enumerate() {
        // Of members that are there twice the last counts, as upstream's library has it.
        let members: Option<_> = serde_json::from_str(text.get()).map_err(unreadable)?;
        run(&mut document, members.unwrap_or_default(), &mut spent)
            .map_err(|why| PatchError::Operation(format!("operation {at} failed {why}")))?;
    }
    if document.is_object() { Ok(document) } else { Err(PatchError::Operation("the patch leaves no object".into())) }
}

fn run(document: &mut Value, members: serde_json::Map<String, Value>, spent: &mut Spent) -> Result<(), String> {
    let path = members.get("path").and_then(Value::as_str).map(|path| shown(path).to_string()).unwrap_or_default();
    let placed = |why: String| format!("at path {path:?}: {why}");
    let Some(operation) = operation(document, members).map_err(placed)? else { return Ok(()) };
    spent.check(document, &operation).map_err(placed)?;
    json_patch::patch_unsafe(document, std::slice::from_ref(&operation)).map_err(|error| placed(error.kind.to_string()))
}

/// Whether the JSON in `text` is an object, or null, which stands for an empty one.
fn is_map(text: &str) -> bool {
    text.starts_with('{') || text == "null"
}
