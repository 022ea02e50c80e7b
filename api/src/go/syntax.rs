//! Where text stops being JSON.

const END: &str = "unexpected end of JSON input";

/// What is expected next.
#[derive(Clone, Copy)]
enum Next {
    Value,
    /// A value or the end of a list that has just begun.
    FirstItem,
    /// A key or the end of a map that has just begun.
    FirstKey,
    Key,
    Colon,
    AfterValue,
}

/// What is wrong with `text`, in Go's words; `None` where it is JSON to Go.
pub(crate) fn syntax_fault(text: &[u8]) -> Option<String> {
    Scan { text, at: 0, open: Vec::new() }.run().err()
}

struct Scan<'t> {
    text: &'t [u8],
    at: usize,
    /// Whether each list or map that is open is a map.
    open: Vec<bool>,
}

impl Scan<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut next = Next::Value;
        loop {
            while self.text.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            let Some(byte) = self.text.get(self.at).copied() else {
                return if matches!(next, Next::AfterValue) && self.open.is_empty() { Ok(()) } else { Err(END.into()) };
            };
            self.at += 1;
            next = self.step(next, byte)?;
        }
    }

    fn step(&mut self, next: Next, byte: u8) -> Result<Next, String> {
        match (next, byte) {
            (Next::FirstItem, b']') | (Next::FirstKey, b'}') => {
                self.open.pop();
                Ok(Next::AfterValue)
            }
            (Next::Value | Next::FirstItem, _) => self.value(byte),
            (Next::Key | Next::FirstKey, b'"') => self.string().map(|()| Next::Colon),
            (Next::Key | Next::FirstKey, _) => Err(invalid(byte, "looking for beginning of object key string")),
            (Next::Colon, b':') => Ok(Next::Value),
            (Next::Colon, _) => Err(invalid(byte, "after object key")),
            (Next::AfterValue, _) => self.after_value(byte),
        }
    }

    fn after_value(&mut self, byte: u8) -> Result<Next, String> {
        match (self.open.last(), byte) {
            (Some(true), b',') => Ok(Next::Key),
            (Some(false), b',') => Ok(Next::Value),
            (Some(true), b'}') | (Some(false), b']') => {
                self.open.pop();
                Ok(Next::AfterValue)
            }
            (Some(true), _) => Err(invalid(byte, "after object key:value pair")),
            (Some(false), _) => Err(invalid(byte, "after array element")),
            (None, _) => Err(invalid(byte, "after top-level value")),
        }
    }

    fn value(&mut self, byte: u8) -> Result<Next, String> {
        match byte {
            b'{' => {
                self.open.push(true);
                return Ok(Next::FirstKey);
            }
            b'[' => {
                self.open.push(false);
                return Ok(Next::FirstItem);
            }
            b'"' => self.string()?,
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            b'-' | b'0'..=b'9' => self.number(byte)?,
            other => return Err(invalid(other, "looking for beginning of value")),
        }
        Ok(Next::AfterValue)
    }

    fn take(&mut self) -> Result<u8, String> {
        let byte = self.text.get(self.at).copied().ok_or(END)?;
        self.at += 1;
        Ok(byte)
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        for wanted in word.bytes().skip(1) {
            let byte = self.take()?;
            if byte != wanted {
                return Err(invalid(byte, &format!("in literal {word} (expecting '{}')", char::from(wanted))));
            }
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        loop {
            match self.take()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte if byte < b' ' => return Err(invalid(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.take()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.take()? {
                byte if byte.is_ascii_hexdigit() => Ok(()),
                byte => Err(invalid(byte, "in \\u hexadecimal character escape")),
            }),
            byte => Err(invalid(byte, "in string escape code")),
        }
    }

    fn digits(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn digit(&mut self, place: &str) -> Result<u8, String> {
        let byte = self.take()?;
        if byte.is_ascii_digit() { Ok(byte) } else { Err(invalid(byte, place)) }
    }

    fn number(&mut self, first: u8) -> Result<(), String> {
        let first = if first == b'-' { self.digit("in numeric literal")? } else { first };
        if first != b'0' {
            self.digits();
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
            self.digits();
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.digits();
        }
        Ok(())
    }
}

fn invalid(byte: u8, place: &str) -> String {
    let shown = match byte {
        b'\'' => r"\'".to_owned(),
        b'"' => "\"".to_owned(),
        b'\\' => r"\\".to_owned(),
        b'\n' => r"\n".to_owned(),
        b'\r' => r"\r".to_owned(),
        b'\t' => r"\t".to_owned(),
        0..=0x1f | 0x7f => format!("\\x{byte:02x}"),
        0x80..=0xa0 | 0xad => format!("\\u{byte:04x}"),
        other => char::from(other).to_string(),
    };
    format!("invalid character '{shown}' {place}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_fault_is_told_as_go_tells_it() {
        for (text, fault) in [
            ("", END),
            ("[{\"op\"", END),
            ("[1] x", "invalid character 'x' after top-level value"),
            ("{\"a\":01}", "invalid character '1' after object key:value pair"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{1:2}", "invalid character '1' looking for beginning of object key string"),
            ("{\"a\" 2}", "invalid character '2' after object key"),
            ("\u{feff}[]", "invalid character 'ï' looking for beginning of value"),
            ("[-x]", "invalid character 'x' in numeric literal"),
            ("[1.]", "invalid character ']' after decimal point in numeric literal"),
            ("[1e]", "invalid character ']' in exponent of numeric literal"),
            ("nil", "invalid character 'i' in literal null (expecting 'u')"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
            ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
        ] {
            assert_eq!(syntax_fault(text.as_bytes()).as_deref(), Some(fault), "{text}");
        }
    }

    proptest! {
        #[test]
        fn json_has_no_fault_and_all_else_has(text in "[\\[\\]{}:, \"a1e.-]{0,12}|true|null|\"\\\\u[0-9a-c]{0,4}\"") {
            let read = serde_json::from_str::<serde::de::IgnoredAny>(&text);
            prop_assert_eq!(read.is_ok(), syntax_fault(text.as_bytes()).is_none(), "{}", text);
        }
    }
}
