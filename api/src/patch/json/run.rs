//! Carries out a JSON patch.

use serde_json::Value;
use serde_json::value::RawValue;

use super::document::Document;
use super::operation::Operation;
use crate::patch::PatchError;

/// As many operations as upstream allows.
const MAX_OPERATIONS: usize = 10_000;

/// `document` after every operation of `body`. What is wrong with one shows when its turn comes.
///
/// # Errors
/// A body that is no list of operations, too many of them, or one that does not fit.
pub fn patch(document: Value, body: &[u8]) -> Result<Value, PatchError> {
    let unreadable = |error: serde_json::Error| PatchError::Decode(error.to_string());
    // Read one by one, operations take no more room than their text.
    let operations: Vec<&RawValue> = serde_json::from_slice::<Option<_>>(body).map_err(unreadable)?.unwrap_or_default();
    if let Some(other) = operations.iter().map(|operation| operation.get()).find(|text| !is_map(text)) {
        return Err(PatchError::Decode(format!("an operation must be an object, not {}", crate::decode::shown(other))));
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooManyOperations { limit: MAX_OPERATIONS, count: operations.len() });
    }
    let mut document = Document::new(document);
    for (at, operation) in operations.into_iter().enumerate() {
        // Of members that are there twice the last counts, as upstream's library has it.
        let mut operation = Operation::new(serde_json::from_str(operation.get()).map_err(unreadable)?);
        operation.run(&mut document).map_err(|why| PatchError::Operation(format!("operation {at} failed {why}")))?;
    }
    if document.value.is_object() { Ok(document.value) } else { Err(PatchError::Operation("the patch leaves no object".into())) }
}

/// Whether the JSON in `text` is an object, or null, which stands for an empty one.
fn is_map(text: &str) -> bool {
    text.starts_with('{') || text == "null"
}
