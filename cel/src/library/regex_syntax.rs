//! RE2's syntax in the syntax of the regex crate.

use std::str::Chars;

/// Perl's classes are ASCII in RE2: what they stand for inside brackets, and whether they are negated.
const fn perl_class(letter: char) -> Option<(&'static str, bool)> {
    match letter {
        'd' => Some(("0-9", false)),
        'D' => Some(("0-9", true)),
        'w' => Some(("0-9A-Za-z_", false)),
        'W' => Some(("0-9A-Za-z_", true)),
        's' => Some((r"\t\n\x0C\r ", false)),
        'S' => Some((r"\t\n\x0C\r ", true)),
        _ => None,
    }
}

/// A repetition of a repetition, which RE2 refuses: `a**`.
pub(crate) fn nested_repetition(pattern: &str) -> Option<String> {
    let mut rest = pattern.chars().peekable();
    let (mut before, mut brackets, mut quoted) = (None::<String>, false, false);
    while let Some(letter) = rest.next() {
        let repeats = !brackets && !quoted && matches!(letter, '*' | '+' | '?');
        before = match (letter, before) {
            ('\\', _) => {
                let escaped = rest.next();
                quoted = escaped == Some('Q') || quoted && escaped != Some('E');
                None
            }
            ('?', Some(sign)) if repeats && sign.len() == 1 => Some(format!("{sign}?")),
            (_, Some(sign)) if repeats => return Some(format!("{sign}{letter}")),
            (_, None) if repeats => Some(letter.to_string()),
            ('(', _) if !brackets && !quoted => {
                // What stands behind `(?` is no repetition.
                rest.next_if_eq(&'?');
                None
            }
            _ => {
                brackets = !quoted && (letter == '[' || brackets && letter != ']');
                None
            }
        };
    }
    None
}

/// The pattern with the same meaning for the regex crate: ASCII classes and word borders, `\Q…\E`, braces that repeat
/// nothing, and no operators of sets within brackets.
pub(crate) fn translate_regex(pattern: &str) -> String {
    let mut translator = Translator { out: String::with_capacity(pattern.len() + 8), rest: pattern.chars() };
    while let Some(letter) = translator.rest.next() {
        match letter {
            '\\' => translator.escape(),
            '[' => translator.brackets(),
            '{' => translator.brace(),
            ']' | '}' => translator.out.extend(['\\', letter]),
            _ => translator.out.push(letter),
        }
    }
    translator.out
}

struct Translator<'p> {
    out: String,
    rest: Chars<'p>,
}

impl<'p> Translator<'p> {
    /// What stands behind a backslash outside brackets.
    fn escape(&mut self) {
        if self.set() {
            return;
        }
        match self.rest.next() {
            Some(letter @ ('b' | 'B')) => self.out.push_str(&format!(r"(?-u:\{letter})")),
            Some('Q') => self.literally(),
            Some(letter) => {
                let text = self.escaped(letter);
                self.out.push_str(&text);
            }
            None => self.out.push('\\'),
        }
    }

    /// A class behind a backslash, in brackets of its own: `\d`, `\pL`, `\p{Greek}`. Nothing where it is none.
    fn set(&mut self) -> bool {
        let Some(letter) = self.rest.clone().next() else { return false };
        match perl_class(letter) {
            Some((class, negated)) => {
                self.rest.next();
                let caret = if negated { "^" } else { "" };
                self.out.push_str(&format!("[{caret}{class}]"));
            }
            None if matches!(letter, 'p' | 'P') => {
                self.rest.next();
                self.out.extend(['\\', letter]);
                let name = self.braced().or_else(|| self.take(1));
                self.out.push_str(name.unwrap_or_default());
            }
            None => return false,
        }
        true
    }

    /// Everything between brackets. Items are read one by one, so that no two of them form an operator.
    fn brackets(&mut self) {
        self.out.push('[');
        if self.rest.as_str().starts_with('^') {
            self.rest.next();
            self.out.push('^');
        }
        let mut first = true;
        while let Some(letter) = self.rest.next() {
            match letter {
                ']' if !first => return self.out.push(']'),
                '[' if self.posix() => {}
                '\\' if self.set() => {}
                _ => self.range(letter),
            }
            first = false;
        }
    }

    /// `[:alpha:]` within brackets, behind its first one.
    fn posix(&mut self) -> bool {
        let text = self.rest.as_str();
        let Some(end) = text.find(":]").filter(|_| text.starts_with(':')) else { return false };
        self.out.push('[');
        let name = self.take(end + 2);
        self.out.push_str(name.unwrap_or_default());
        true
    }

    /// One letter within brackets or a range of them. A minus at the end, or behind a class or a range, stands for itself.
    fn range(&mut self, letter: char) {
        let low = self.member(letter);
        self.out.push_str(&low);
        let after = self.rest.as_str().strip_prefix('-');
        if after.is_some_and(|after| !after.is_empty() && !after.starts_with(']')) {
            self.rest.next();
            let high = self.rest.next().map(|letter| self.member(letter)).unwrap_or_default();
            self.out.push('-');
            self.out.push_str(&high);
        }
    }

    fn member(&mut self, letter: char) -> String {
        match letter {
            '\\' => self.rest.next().map_or_else(|| "\\".into(), |letter| self.escaped(letter)),
            _ => literal(letter),
        }
    }

    /// The letter that `\letter` stands for. What RE2 does not know is left to be refused.
    fn escaped(&mut self, letter: char) -> String {
        match letter {
            'x' => format!("\\x{}", self.braced().or_else(|| self.take(2)).unwrap_or_default()),
            '0'..='7' => self.octal(letter),
            _ if letter.is_ascii_alphanumeric() || !letter.is_ascii() => format!("\\{letter}"),
            _ => literal(letter),
        }
    }

    fn octal(&mut self, first: char) -> String {
        let more = self.rest.as_str().bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
        if first != '0' && more == 0 {
            return format!("\\{first}");
        }
        let digits = format!("{first}{}", self.take(more).unwrap_or_default());
        format!("\\x{{{:x}}}", u32::from_str_radix(&digits, 8).unwrap_or_default())
    }

    /// A brace that repeats, or one that stands for itself.
    fn brace(&mut self) {
        match repetition(self.rest.as_str()).and_then(|length| self.take(length)) {
            Some(repetition) => {
                self.out.push('{');
                self.out.push_str(repetition);
            }
            None => self.out.push_str("\\{"),
        }
    }

    /// `\Q…\E`.
    fn literally(&mut self) {
        let text = self.rest.as_str();
        let (literal, after) = text.split_once("\\E").unwrap_or((text, ""));
        self.out.push_str(&regex::escape(literal));
        self.rest = after.chars();
    }

    /// `{…}`, where that follows.
    fn braced(&mut self) -> Option<&'p str> {
        let end = self.rest.as_str().find('}').filter(|_| self.rest.as_str().starts_with('{'))?;
        self.take(end + 1)
    }

    /// The next `length` bytes.
    fn take(&mut self, length: usize) -> Option<&'p str> {
        let (taken, after) = self.rest.as_str().split_at_checked(length)?;
        self.rest = after.chars();
        Some(taken)
    }
}

/// `letter` as itself.
fn literal(letter: char) -> String {
    regex::escape(letter.encode_utf8(&mut [0; 4]))
}

/// How long `3}`, `3,}` or `3,5}` at the start of `text` is.
fn repetition(text: &str) -> Option<usize> {
    let (inner, _) = text.split_once('}')?;
    let number =
        |text: &str| text == "0" || !text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let repeats = match inner.split_once(',') {
        Some((least, most)) => number(least) && (most.is_empty() || number(most)),
        None => number(inner),
    };
    repeats.then_some(inner.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::translate_regex;
    use crate::evaluate::compile_regex;

    #[test]
    fn classes_are_ascii_and_brackets_hold_no_operators() {
        for (from, to) in [
            (r"\d+", "[0-9]+"),
            (r"[\w.]", r"[[0-9A-Za-z_]\.]"),
            (r"[^\D]", "[^[^0-9]]"),
            ("[a[b&&c]", r"[a\[b\&\&c]"),
            ("[]a]", r"[\]a]"),
            ("[[:alpha:]_]", "[[:alpha:]_]"),
            (r"\Qa.b\E.", r"a\.b."),
            (r"\bx", r"(?-u:\b)x"),
            (r"\p{Greek}\pL{2}", r"\p{Greek}\pL{2}"),
            (r"\x{41}\x42\103\0", r"\x{41}\x42\x{43}\x{0}"),
        ] {
            assert_eq!(translate_regex(from), to);
        }
    }

    #[test]
    fn patterns_mean_what_they_mean_in_re2() {
        for (pattern, matching, other) in [
            (r"^[\w-.]+$", "a-b.c", "é"),
            (r"^[\w--/]+$", "-./", ","),
            (r"^[+--]$", ",", "."),
            (r"^[a-z-9]+$", "b-9", "5"),
            (r"^[\d\-a]$", "-", "b"),
            ("^[[a]$", "[", "b"),
            ("^[a&&b~~]+$", "&~b", "c"),
            ("^{{[a-z]+}}$", "{{name}}", "name"),
            ("^a{,3}$", "a{,3}", "aaa"),
            ("^a{01}$", "a{01}", "a"),
            ("^{{2}$", "{{", "{"),
            ("^a{2}b{1,}c{0,1}$", "aab", "ab"),
            (r"^\<\_\>\/\%$", "<_>/%", "_"),
            (r"^\d\s\w$", "1 a", "١ a"),
            ("^]}$", "]}", "]"),
        ] {
            let regex = compile_regex(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
            assert!(regex.is_match(matching), "{pattern} {matching}");
            assert!(!regex.is_match(other), "{pattern} {other}");
        }
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in [r"(", r"[a", r"[z-a]", r"[a-\d]", r"\1", r"\y", "a{2", r"(?=a)", "*", "\\"] {
            assert_eq!(compile_regex(pattern).is_err(), pattern != "a{2", "{pattern}");
        }
    }
}
