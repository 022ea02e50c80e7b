//! Numbers as Go turns them from YAML into JSON.

use serde_json::{Number, Value};

/// Largest whole number that every `f64` up to it can hold exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes whole floats (`1e3`, `1.0`) as whole numbers, everywhere in `value`.
pub(super) fn normalize(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *value = Value::from(whole);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalize),
        Value::Object(members) => members.values_mut().for_each(normalize),
        _ => {}
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the float is whole and within the exact range")]
fn whole(number: &Number) -> Option<i64> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT)?;
    Some(float as i64)
}
