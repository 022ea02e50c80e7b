//! Words of a label selector.

/// One word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A key, a value, or a keyword where a value is expected.
    Word(&'a str),
    /// Punctuation: one of `( ) , ! = == != < >`.
    Sign(&'static str),
    /// Nothing follows.
    End,
}

impl<'a> Token<'a> {
    /// The word as written.
    pub(super) fn text(self) -> &'a str {
        match self {
            Self::Word(text) => text,
            Self::Sign(sign) => sign,
            Self::End => "",
        }
    }
}

const SIGNS: [&str; 9] = ["==", "!=", "(", ")", ",", "!", "=", "<", ">"];

/// Splits `text` into words. Any text has words: what is not punctuation or blank is part of one.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        let (token, length) = first(rest);
        found.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start_matches(is_blank);
    }
    found
}

fn first(text: &str) -> (Token<'_>, usize) {
    if let Some(sign) = SIGNS.into_iter().find(|sign| text.starts_with(sign)) {
        return (Token::Sign(sign), sign.len());
    }
    let length = text.find(|letter: char| is_blank(letter) || "=!(),<>".contains(letter)).unwrap_or(text.len());
    (Token::Word(text.get(..length).unwrap_or(text)), length)
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}
