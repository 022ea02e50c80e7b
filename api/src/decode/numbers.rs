//! Numbers of custom objects, as upstream keeps them: whole where they are, and else in double precision.

use serde_json::{Number, Value};

/// The first whole number that double precision cannot tell from its neighbour.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes every number in `value` as upstream would read and write it: 1.0 is 1, and what is beyond 64 bits is rounded.
pub fn settle_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(settled) = settled(number) {
                *number = settled;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle_numbers),
        Value::Object(members) => members.values_mut().for_each(settle_numbers),
        _ => {}
    }
}

/// The number that stands for `number`; `None` where it stands for itself.
fn settled(number: &Number) -> Option<Number> {
    if number.is_i64() {
        return None;
    }
    let float = number.as_f64()?;
    if float.fract() == 0.0 && float.abs() < EXACT {
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and small")]
        return Some((float as i64).into());
    }
    if number.is_u64() { Number::from_f64(float) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_whole_are_written_so() {
        let text = "[1.0,1e3,-0.0,1.50,-2,9223372036854775807,9223372036854775808,1e300,{\"a\":2.0}]";
        let mut value: Value = serde_json::from_str(text).unwrap();
        settle_numbers(&mut value);
        assert_eq!(value.to_string(), "[1,1000,0,1.5,-2,9223372036854775807,9.223372036854776e+18,1e+300,{\"a\":2}]");
    }
}
