//! Carries out a JSON patch.

use serde_json::Value;
use serde_json::value::RawValue;

use super::operation::run;
use super::spent::Spent;
use crate::go;
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
    let Ok(operations) = serde_json::from_slice::<Option<Vec<&RawValue>>>(body) else {
        return Err(PatchError::Decode(go::syntax_fault(body).unwrap_or_else(|| misfit(body, "Patch"))));
    };
    let operations = operations.unwrap_or_default();
    if let Some(other) = operations.iter().map(|operation| operation.get()).find(|text| !is_map(text)) {
        return Err(PatchError::Decode(misfit(other.as_bytes(), "Operation")));
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooManyOperations { limit: MAX_OPERATIONS, count: operations.len() });
    }
    let mut spent = Spent::default();
    for text in operations {
        // Of members that are there twice the last counts, as upstream's library has it.
        let members: Option<_> = serde_json::from_str(text.get()).map_err(unreadable)?;
        run(&mut document, members.unwrap_or_default(), &mut spent).map_err(PatchError::Operation)?;
    }
    if document.is_object() { Ok(document) } else { Err(PatchError::Operation("the patch leaves no object".into())) }
}

fn misfit(text: &[u8], wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type jsonpatch.{wanted}", go::type_of_text(text))
}

/// Whether the JSON in `text` is an object, or null, which stands for an empty one.
fn is_map(text: &str) -> bool {
    text.starts_with('{') || text == "null"
}
