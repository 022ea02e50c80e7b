//! Text in quotes.

/// `text` in quotes, as `%q` writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            letter if is_printable(letter) => out.push(letter),
            letter => out.push_str(&match u32::from(letter) {
                code @ 0..=0x7f => format!("\\x{code:02x}"),
                code @ 0..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    out.push('"');
    out
}

/// Whether `unicode.IsPrint` holds: letters, marks, numbers, symbols and the plain space.
pub fn is_printable(letter: char) -> bool {
    // What `Debug` escapes beside quotes and backslashes is unprintable or a mark that joins what stands before it.
    letter == ' ' || matches!(letter, '"' | '\'' | '\\') || !letter.is_control() && !letter.is_whitespace() && !is_escaped(letter)
}

fn is_escaped(letter: char) -> bool {
    let mut escaped = letter.escape_debug();
    let first = escaped.next();
    first == Some('\\') && escaped.next() == Some('u') && !is_mark(letter)
}

/// Whether `letter` extends the one before it: such are printable, though `Debug` escapes them where they stand alone.
fn is_mark(letter: char) -> bool {
    format!("a{letter}").escape_debug().nth(1) == Some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        assert_eq!(quoted("a\"b\\é\u{1}\u{7}\u{ad}\u{e0001}"), r#""a\"b\\é\x01\a\u00ad\U000e0001""#);
        assert!(is_printable('e') && is_printable('\u{301}') && is_printable(' ') && is_printable('"') && is_printable('\\'));
        assert!(!is_printable('\u{1}') && !is_printable('\u{a0}') && !is_printable('\u{200b}') && !is_printable('\n'));
    }
}
