//! RE2's syntax in the syntax of the regex crate.

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

/// The pattern with the same meaning for the regex crate: ASCII classes and word borders, `\Q…\E`, and no operators of
/// sets within brackets.
pub(crate) fn translate_regex(pattern: &str) -> String {
    let mut translator = Translator { out: String::with_capacity(pattern.len() + 8), class: false, first: false };
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => translator.escape(&mut rest),
            _ if translator.class => translator.in_class(c, &mut rest),
            '[' => translator.open(&mut rest),
            _ => translator.out.push(c),
        }
    }
    translator.out
}

struct Translator {
    out: String,
    class: bool,
    /// Nothing stands in the brackets yet.
    first: bool,
}

impl Translator {
    fn open(&mut self, rest: &mut std::str::Chars<'_>) {
        self.out.push('[');
        if rest.as_str().starts_with('^') {
            rest.next();
            self.out.push('^');
        }
        self.class = true;
        self.first = true;
    }

    fn in_class(&mut self, c: char, rest: &mut std::str::Chars<'_>) {
        let first = std::mem::take(&mut self.first);
        match c {
            ']' if first => self.out.push_str("\\]"),
            ']' => {
                self.class = false;
                self.out.push(']');
            }
            '[' if rest.as_str().starts_with(':') => self.posix(rest),
            '[' | '&' | '~' => self.out.extend(['\\', c]),
            _ => self.out.push(c),
        }
    }

    /// `[:alpha:]` within brackets.
    fn posix(&mut self, rest: &mut std::str::Chars<'_>) {
        match rest.as_str().find(":]") {
            Some(end) => {
                let (name, after) = rest.as_str().split_at(end + 2);
                self.out.push('[');
                self.out.push_str(name);
                *rest = after.chars();
            }
            None => self.out.push_str("\\["),
        }
    }

    fn escape(&mut self, rest: &mut std::str::Chars<'_>) {
        self.first = false;
        let Some(letter) = rest.next() else {
            self.out.push('\\');
            return;
        };
        match perl_class(letter) {
            Some((class, false)) if self.class => self.out.push_str(class),
            Some((class, negated)) => {
                let caret = if negated { "^" } else { "" };
                self.out.push_str(&format!("[{caret}{class}]"));
            }
            None => match letter {
                'b' | 'B' if !self.class => self.out.push_str(&format!(r"(?-u:\{letter})")),
                'Q' if !self.class => self.literally(rest),
                _ => self.out.extend(['\\', letter]),
            },
        }
    }

    /// `\Q…\E`.
    fn literally(&mut self, rest: &mut std::str::Chars<'_>) {
        let text = rest.as_str();
        let (literal, after) = text.split_once("\\E").unwrap_or((text, ""));
        self.out.push_str(&regex::escape(literal));
        *rest = after.chars();
    }
}

#[cfg(test)]
mod tests {
    use super::translate_regex;

    #[test]
    fn classes_are_ascii_and_brackets_hold_no_operators() {
        for (from, to) in [
            (r"\d+", "[0-9]+"),
            (r"[\w.]", "[0-9A-Za-z_.]"),
            (r"[^\D]", "[^[^0-9]]"),
            ("[a[b&&c]", r"[a\[b\&\&c]"),
            ("[]a]", r"[\]a]"),
            ("[[:alpha:]_]", "[[:alpha:]_]"),
            (r"\Qa.b\E.", r"a\.b."),
            (r"\bx", r"(?-u:\b)x"),
        ] {
            assert_eq!(translate_regex(from), to);
        }
    }
}
