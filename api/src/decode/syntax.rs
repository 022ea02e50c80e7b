//! What is wrong with a text that is no JSON, in the words of Go's scanner.

use crate::go_words::quoted;

/// What a scanner expects next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    /// Behind a value.
    End,
    Text,
    Escape,
    /// So many more digits of `\u`.
    Hex(u8),
    Minus,
    Zero,
    Digits,
    Dot,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    /// The rest of a word.
    Word(&'static str, usize),
}

/// What is open around the place that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Key,
    Member,
    List,
}

/// The first fault of `bytes`; `None` where they are one value of JSON.
pub(super) fn fault(bytes: &[u8]) -> Option<String> {
    let (mut next, mut open) = (Next::Value, Vec::new());
    for byte in bytes {
        next = match step(next, *byte, &mut open) {
            Ok(next) => next,
            Err(context) => return Some(told(*byte, &context)),
        };
    }
    if next == Next::End && open.is_empty() {
        return None;
    }
    // As Go's, it tries whether a space ends what stands open.
    match step(next, b' ', &mut open) {
        Ok(Next::End) if open.is_empty() => None,
        Ok(_) => Some("unexpected end of JSON input".into()),
        Err(context) => Some(told(b' ', &context)),
    }
}

fn told(byte: u8, context: &str) -> String {
    let letter = match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        byte => {
            let text = quoted(&char::from(byte).to_string());
            format!("'{}'", &text[1..text.len() - 1])
        }
    };
    format!("invalid character {letter} {context}")
}

fn step(next: Next, byte: u8, open: &mut Vec<Open>) -> Result<Next, String> {
    let space = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    match next {
        Next::Value | Next::ValueOrEnd | Next::Key | Next::KeyOrEnd if space => Ok(next),
        Next::ValueOrEnd if byte == b']' => Ok(close(open)),
        Next::Value | Next::ValueOrEnd => value(byte, open),
        Next::KeyOrEnd if byte == b'}' => Ok(close(open)),
        Next::Key | Next::KeyOrEnd => match byte {
            b'"' => Ok(Next::Text),
            _ => Err("looking for beginning of object key string".into()),
        },
        Next::End => end(byte, space, open),
        Next::Text => match byte {
            b'"' => Ok(Next::End),
            b'\\' => Ok(Next::Escape),
            0..=0x1f => Err("in string literal".into()),
            _ => Ok(Next::Text),
        },
        Next::Escape => match byte {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(Next::Text),
            b'u' => Ok(Next::Hex(4)),
            _ => Err("in string escape code".into()),
        },
        Next::Hex(left) if byte.is_ascii_hexdigit() => Ok(if left > 1 { Next::Hex(left - 1) } else { Next::Text }),
        Next::Hex(_) => Err(r"in \u hexadecimal character escape".into()),
        Next::Word(word, at) => match word.as_bytes().get(at) {
            Some(wanted) if *wanted == byte => Ok(if at + 1 == word.len() { Next::End } else { Next::Word(word, at + 1) }),
            wanted => Err(format!("in literal {word} (expecting '{}')", char::from(wanted.copied().unwrap_or_default()))),
        },
        number => number_step(number, byte, space, open),
    }
}

fn value(byte: u8, open: &mut Vec<Open>) -> Result<Next, String> {
    Ok(match byte {
        b'{' => {
            open.push(Open::Key);
            Next::KeyOrEnd
        }
        b'[' => {
            open.push(Open::List);
            Next::ValueOrEnd
        }
        b'"' => Next::Text,
        b'-' => Next::Minus,
        b'0' => Next::Zero,
        b'1'..=b'9' => Next::Digits,
        b't' => Next::Word("true", 1),
        b'f' => Next::Word("false", 1),
        b'n' => Next::Word("null", 1),
        _ => return Err("looking for beginning of value".into()),
    })
}

fn number_step(next: Next, byte: u8, space: bool, open: &mut Vec<Open>) -> Result<Next, String> {
    match (next, byte) {
        (Next::Minus, b'0') => Ok(Next::Zero),
        (Next::Minus, b'1'..=b'9') | (Next::Digits, b'0'..=b'9') => Ok(Next::Digits),
        (Next::Minus, _) => Err("in numeric literal".into()),
        (Next::Zero | Next::Digits, b'.') => Ok(Next::Dot),
        (Next::Zero | Next::Digits | Next::Fraction, b'e' | b'E') => Ok(Next::Exponent),
        (Next::Dot | Next::Fraction, b'0'..=b'9') => Ok(Next::Fraction),
        (Next::Dot, _) => Err("after decimal point in numeric literal".into()),
        (Next::Exponent, b'+' | b'-') => Ok(Next::ExponentSign),
        (Next::Exponent | Next::ExponentSign | Next::ExponentDigits, b'0'..=b'9') => Ok(Next::ExponentDigits),
        (Next::Exponent | Next::ExponentSign, _) => Err("in exponent of numeric literal".into()),
        _ => end(byte, space, open),
    }
}

/// Behind a value, or behind a key.
fn end(byte: u8, space: bool, open: &mut Vec<Open>) -> Result<Next, String> {
    if space {
        return Ok(Next::End);
    }
    let innermost = open.last_mut();
    match (innermost, byte) {
        (None, _) => Err("after top-level value".into()),
        (Some(inner @ Open::Key), b':') => {
            *inner = Open::Member;
            Ok(Next::Value)
        }
        (Some(Open::Key), _) => Err("after object key".into()),
        (Some(inner @ Open::Member), b',') => {
            *inner = Open::Key;
            Ok(Next::Key)
        }
        (Some(Open::Member), b'}') | (Some(Open::List), b']') => Ok(close(open)),
        (Some(Open::Member), _) => Err("after object key:value pair".into()),
        (Some(Open::List), b',') => Ok(Next::Value),
        (Some(Open::List), _) => Err("after array element".into()),
    }
}

fn close(open: &mut Vec<Open>) -> Next {
    open.pop();
    Next::End
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_in_the_words_of_go() {
        for (text, why) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("{\"a\":1", "unexpected end of JSON input"),
            ("tru", "invalid character ' ' in literal true (expecting 'e')"),
            ("nan", "invalid character 'a' in literal null (expecting 'u')"),
            ("\u{feff}{}", "invalid character 'ï' looking for beginning of value"),
            ("{\"a\"}", "invalid character '}' after object key"),
            ("{\"a\":}", "invalid character '}' looking for beginning of value"),
            ("{\"a\":01}", "invalid character '1' after object key:value pair"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("{'a':1}", r"invalid character '\'' looking for beginning of object key string"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\\u00g0\"", r"invalid character 'g' in \u hexadecimal character escape"),
            ("\"\u{1}\"", r"invalid character '\x01' in string literal"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("-", "invalid character ' ' in numeric literal"),
            ("1.", "invalid character ' ' after decimal point in numeric literal"),
            ("1e", "invalid character ' ' in exponent of numeric literal"),
        ] {
            assert_eq!(fault(text.as_bytes()).as_deref(), Some(why), "{text}");
        }
        for good in ["{}", " [ ] ", "-0.5e+10 ", "{\"a\": [1, {\"b\": null}], \"c\": \"\\u00e4\\n\"}", "true", "0"] {
            assert_eq!(fault(good.as_bytes()), None, "{good}");
        }
    }
}
