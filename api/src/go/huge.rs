//! Numbers that no float holds.

/// The first number in the JSON `text` that is beyond double precision.
pub(crate) fn huge_number(text: &[u8]) -> Option<&str> {
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => after_text(after),
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let (number, after) = rest.split_at(rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len()));
                let number = std::str::from_utf8(number).unwrap_or_default();
                if number.parse::<f64>().is_ok_and(f64::is_infinite) {
                    return Some(number);
                }
                after
            }
            _ => after,
        };
    }
    None
}

/// What follows the end of a text.
fn after_text(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\\', _, after @ ..] => after,
            [b'"', after @ ..] => return after,
            [_, after @ ..] => after,
            [] => return text,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_are_none() {
        assert_eq!(huge_number(br#"{"1e999":"\"1e999","a":[1e308,-2,-1E400,1e500]}"#), Some("-1E400"));
        assert_eq!(huge_number(br#"{"a":"1e999","b":1e-999}"#), None);
    }
}
