//! Numbers of custom objects: what upstream's become when they are written and read again.

use serde_json::{Number, Value};

use crate::go::json_number;

/// The first whole number that double precision cannot tell from its neighbour.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes every number in `value` as upstream would read it again: 1.0 is 1, and what is beyond 64 bits is rounded. Until an
/// object is written `1.0` is no whole number, which schemas and rules can tell.
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
    if float.fract() != 0.0 {
        return None;
    }
    // What is larger is the whole number that its shortest digits say.
    let digits = json_number(float);
    let whole = digits.parse::<i64>().map(Number::from).or_else(|_| digits.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| Number::from_f64(float))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_read_back_to_their_last_digit() {
        for text in ["126.33333333333333", "94.66666666666667", "0.9424502837770503", "26.734249600729754", "1733010860.1561399"]
        {
            assert_eq!(serde_json::from_str::<Value>(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn numbers_that_are_whole_are_written_so() {
        let text = "[1.0,1e3,-0.0,1.50,-2,1e18,9007199254740993.0,9223372036854775807,1e300,{\"a\":2.0}]";
        let mut value: Value = serde_json::from_str(text).unwrap();
        settle_numbers(&mut value);
        let whole = value[6].take();
        assert!(whole.is_i64(), "{whole}");
        assert_eq!(value.to_string(), "[1,1000,0,1.5,-2,1000000000000000000,null,9223372036854775807,1e+300,{\"a\":2}]");
        let mut large: Value = serde_json::from_str("[9223372036854775808,18446744073709551615]").unwrap();
        settle_numbers(&mut large);
        assert_eq!(large.to_string(), "[9223372036854776000,1.8446744073709552e+19]");
        assert!(large[1].is_f64());
    }
}
