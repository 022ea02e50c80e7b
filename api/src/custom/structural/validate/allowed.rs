//! Values that are listed one by one.

use serde_json::Value;

use super::types::Numeric;
use super::verdict::Verdict;
use crate::custom::structural::model::Structural;
use crate::go::{self, sorted};
use crate::kind::validate::Path;

/// Checks that `value` is one of those that are listed, where any are. Null never is, even where it is listed.
pub(super) fn check(schema: &Structural, value: &Value, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let Some(limits) = schema.limits.as_ref().filter(|limits| !limits.allowed.is_empty()) else { return };
    if !limits.allowed.iter().any(|allowed| matches(value, allowed)) {
        let shown = |allowed: &Value| allowed.as_str().map_or_else(|| go::json(&sorted(allowed), usize::MAX), str::to_owned);
        out.add(path, |faults, at| faults.unsupported_value(at, &sorted(value), limits.allowed.iter().map(shown)));
    }
}

/// Whether `value` is `allowed`: it is brought to the type of that one before, as Go converts values.
fn matches(value: &Value, allowed: &Value) -> bool {
    match (value, allowed) {
        (Value::Null, _) => false,
        (Value::Number(value), Value::Number(allowed)) => match (Numeric::of(value), Numeric::of(allowed)) {
            (Numeric::Float(value), Numeric::Int(allowed)) => value as i64 == allowed,
            (Numeric::Int(value), Numeric::Int(allowed)) => value == allowed,
            (value, Numeric::Float(allowed)) => value.as_f64() == allowed,
        },
        // A whole number becomes the letter of that code.
        (Value::Number(value), Value::String(allowed)) => match Numeric::of(value) {
            Numeric::Int(code) => {
                let letter = u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                allowed.chars().eq([letter])
            }
            Numeric::Float(_) => false,
        },
        _ => value == allowed,
    }
}
