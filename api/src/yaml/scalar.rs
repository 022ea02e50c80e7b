//! How one piece of text is written.

use super::resolve::means_something_else;

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
///
/// That library leaves the separators U+2028 and U+2029 as they are: lines end there in YAML 1.1, but not in 1.2.
pub(super) fn style(text: &str) -> Style {
    if text.chars().any(|letter| letter != '\n' && !is_printable(letter)) {
        return Style::Double;
    }
    if text.contains('\n') {
        // A line that ends in a blank would not survive as a block.
        return if text.contains(" \n") || text.ends_with(' ') { Style::Double } else { Style::Literal };
    }
    if means_something_else(text) {
        return Style::Double;
    }
    if is_plain(text) { Style::Plain } else { Style::Single }
}

/// The style of the name `text`.
///
/// Go's library leaves `<<` as it is, and takes it for a merge when it reads it.
pub(super) fn name_style(text: &str) -> Style {
    if text == "<<" { Style::Double } else { style(text) }
}

/// Whether `text` is short enough for a name before a `:`, and has one line.
pub(super) fn is_simple_name(text: &str) -> bool {
    text.len() <= 128 && !text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// `letter` between double quotes.
pub(super) fn escaped(letter: char) -> String {
    let short = match letter {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' | '\\' => letter,
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match u32::from(letter) {
                code @ ..=0xff => format!("\\x{code:02X}"),
                code @ ..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

/// Whether Go's library writes `letter` as it is: none beyond U+FFFF.
pub(super) fn is_printable(letter: char) -> bool {
    matches!(u32::from(letter), 0x20..=0x7e | 0xa0..=0xd7ff | 0xe000..=0xfffd)
        && !matches!(letter, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

/// Whether `text` reads back as itself without quotes.
fn is_plain(text: &str) -> bool {
    let starts_badly = text.starts_with(|letter: char| "#,[]{}&*!|>'\"%@` ".contains(letter));
    let starts_like_item = ["-", "?"].iter().any(|sign| text == *sign || text.starts_with(&format!("{sign} ")));
    let is_marker = text.starts_with("---") || text.starts_with("...");
    let has_sign = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    !(starts_badly || starts_like_item || is_marker || has_sign || text.ends_with(' '))
}
