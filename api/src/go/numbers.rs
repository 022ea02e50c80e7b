//! Numbers as Go reads and writes them.

use std::num::{IntErrorKind, ParseIntError};

use super::quoted;

/// A whole number, read as `strconv.ParseInt` does.
///
/// # Errors
/// That function's words.
pub fn parse_int(text: &str) -> Result<i64, String> {
    text.parse().map_err(|error| refused("ParseInt", text, &error))
}

/// A whole number from 0, read as `strconv.ParseUint` does, which takes no sign.
///
/// # Errors
/// That function's words.
pub fn parse_uint(text: &str) -> Result<u64, String> {
    if text.starts_with(['+', '-']) {
        return Err(format!("strconv.ParseUint: parsing {}: invalid syntax", quoted(text)));
    }
    text.parse().map_err(|error| refused("ParseUint", text, &error))
}

fn refused(function: &str, text: &str, error: &ParseIntError) -> String {
    let large = matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow);
    let why = if large { "value out of range" } else { "invalid syntax" };
    format!("strconv.{function}: parsing {}: {why}", quoted(text))
}

/// A number with a fraction as `%v` prints it: an exponent where it would be long.
pub(crate) fn number(number: f64) -> String {
    with_exponent(number, -4, 6)
}

/// A number with a fraction as `encoding/json` writes it: 1 for 1.0, and an exponent only where it would be very long.
pub(crate) fn json_number(number: f64) -> String {
    with_exponent(number, -6, 21).replace("e-0", "e-")
}

/// `number` in full where its exponent is in between the two, else with an exponent of at least two digits.
fn with_exponent(number: f64, least: i32, most: i32) -> String {
    let short = format!("{number:e}");
    let Some((digits, exponent)) = short.split_once('e') else { return short };
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent < least || exponent >= most => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_refused_in_the_words_of_go() {
        assert_eq!(parse_int("-5"), Ok(-5));
        assert_eq!(parse_int("x").unwrap_err(), r#"strconv.ParseInt: parsing "x": invalid syntax"#);
        assert_eq!(parse_uint("-1").unwrap_err(), r#"strconv.ParseUint: parsing "-1": invalid syntax"#);
        let large = "18446744073709551616";
        assert_eq!(parse_uint(large).unwrap_err(), format!("strconv.ParseUint: parsing {large:?}: value out of range"));
    }

    #[test]
    fn long_numbers_have_an_exponent() {
        for (float, shown) in [(1.0, "1"), (123_456.5, "123456.5"), (1e6, "1e+06"), (0.0001, "0.0001"), (1.5e-5, "1.5e-05")] {
            assert_eq!(number(float), shown);
        }
        for (float, written) in [(1.0, "1"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1e-6, "0.000001"), (1e-7, "1e-7")]
        {
            assert_eq!(json_number(float), written);
        }
    }
}
