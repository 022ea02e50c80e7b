//! What becomes of a definition when it is written.

use serde_json::Value;

use crate::decode::settle_numbers;

/// Writes the numbers in the schemas of `definition` as they will be read. They were checked as they were sent.
pub(crate) fn definition_written(definition: &mut Value) {
    definition.pointer_mut("/spec/versions").into_iter().for_each(settle_numbers);
}
