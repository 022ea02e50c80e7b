//! How one piece of text is written.

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// Between `'`.
    Single,
    /// Between `"`, with escapes.
    Double,
    /// As a block behind `|`.
    Literal,
}

/// The style Go's library picks for `text`.
pub(super) fn style(text: &str) -> Style {
    if text.chars().any(|letter| letter != '\n' && !is_printable(letter)) {
        return Style::Double;
    }
    if text.contains('\n') {
        // A line that ends in a blank would not survive as a block.
        let is_fragile = text.contains(" \n") || text.ends_with(' ') || text.trim_matches('\n').is_empty();
        return if is_fragile { Style::Double } else { Style::Literal };
    }
    if means_something_else(text) {
        return Style::Double;
    }
    if is_plain(text) { Style::Plain } else { Style::Single }
}

/// `text` between double quotes.
pub(super) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            letter if is_printable(letter) => out.push(letter),
            letter => out.push_str(&escaped(letter)),
        }
    }
    out.push('"');
    out
}

fn escaped(letter: char) -> String {
    match u32::from(letter) {
        code @ ..=0xff => format!("\\x{code:02X}"),
        code @ ..=0xffff => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}

fn is_printable(letter: char) -> bool {
    matches!(u32::from(letter), 0x20..=0x7e | 0xa0..=0xd7ff | 0xe000..=0xfffd | 0x10000..)
        && letter != '\u{feff}'
        && !matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Whether plain `text` would read as something other than text.
fn means_something_else(text: &str) -> bool {
    const WORDS: [&str; 11] = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    text == "<<" || WORDS.contains(&text.to_lowercase().as_str()) || is_numberlike(text) || is_date(text)
}

/// Numbers of every base, with underscores, exponents, base 60, infinities: anything a YAML 1.1 reader might take for one.
fn is_numberlike(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned.to_lowercase().as_str(), ".inf" | ".nan") {
        return true;
    }
    let plain = unsigned.replace('_', "");
    let lower = plain.to_lowercase();
    for (prefix, base) in [("0x", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base));
        }
    }
    let starts = plain.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
    let is_sixty = plain.contains(':')
        && plain.split(':').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    starts && (is_sixty || plain.parse::<f64>().is_ok())
}

/// `2001-01-01` and everything that goes on with a time.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().is_some_and(|year| year.len() == 4 && is_digits(year));
    let month = parts.next().is_some_and(|month| matches!(month.len(), 1 | 2) && is_digits(month));
    year && month
        && parts.next().is_some_and(|rest| {
            let day = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            let goes_on = rest.get(day..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['T', 't', ' ']));
            matches!(day, 1 | 2) && goes_on
        })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `text` reads back as itself without quotes.
fn is_plain(text: &str) -> bool {
    let starts_badly = text.starts_with(|letter: char| "#,[]{}&*!|>'\"%@`".contains(letter) || letter == ' ');
    let starts_like_item = ["-", "?", ":"].iter().any(|sign| text == *sign || text.starts_with(&format!("{sign} ")));
    let is_marker = text.starts_with("---") || text.starts_with("...");
    let has_sign = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    !(starts_badly || starts_like_item || is_marker || has_sign || text.ends_with(' '))
}
