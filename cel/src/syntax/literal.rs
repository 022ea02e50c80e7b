//! String and bytes literals: quotes, prefixes, escapes.

use super::token::Token;

/// A fault: where, from the literal's begin, and what.
type At = (usize, String);

/// How a literal is written.
struct Form {
    raw: bool,
    bytes: bool,
    /// Bytes before the content.
    open: usize,
    quote: &'static str,
}

/// The literal at the begin of `text` with its length, where one begins there.
pub(super) fn string(text: &str) -> Result<Option<(Token, usize)>, At> {
    let Some(form) = form(text) else { return Ok(None) };
    let body = text.get(form.open..).unwrap_or_default();
    let length =
        end(body, &form).ok_or_else(|| (0, format!("Syntax error: token recognition error at: '{}'", first_line(text))))?;
    let content = body.get(..length).unwrap_or_default();
    let whole = form.open + length + form.quote.len();
    let token = if form.bytes {
        Token::Bytes(if form.raw { content.as_bytes().into() } else { unescape_bytes(content, form.open)?.into() })
    } else {
        Token::String(if form.raw { content.into() } else { unescape_text(content, form.open)?.into() })
    };
    Ok(Some((token, whole)))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn form(text: &str) -> Option<Form> {
    let prefix = text.bytes().take(3).position(|byte| byte == b'"' || byte == b'\'')?;
    let letters = text.get(..prefix)?.to_ascii_lowercase();
    let (raw, bytes) = match letters.as_str() {
        "" => (false, false),
        "r" => (true, false),
        "b" => (false, true),
        "rb" | "br" => (true, true),
        _ => return None,
    };
    let quote =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| text.get(prefix..).is_some_and(|t| t.starts_with(quote)))?;
    Some(Form { raw, bytes, open: prefix + quote.len(), quote })
}

/// Where the closing quote begins.
fn end(body: &str, form: &Form) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        if body.get(at..).is_some_and(|rest| rest.starts_with(form.quote)) {
            return Some(at);
        }
        if form.quote.len() == 1 && (c == '\n' || c == '\r') {
            return None;
        }
        escaped = c == '\\' && !form.raw;
    }
    None
}

/// One unit of content.
enum Unit {
    Char(char),
    /// `\x41` or `\101`: a code point in strings, a byte in bytes.
    Code(u32),
}

fn unescape_text(content: &str, open: usize) -> Result<String, At> {
    let mut text = String::with_capacity(content.len());
    for unit in units(content, open, false)? {
        match unit {
            Unit::Char(c) => text.push(c),
            Unit::Code(code) => text.push(char::from_u32(code).ok_or_else(|| (open, invalid("unicode code point")))?),
        }
    }
    Ok(text)
}

fn unescape_bytes(content: &str, open: usize) -> Result<Vec<u8>, At> {
    let mut bytes = Vec::with_capacity(content.len());
    for unit in units(content, open, true)? {
        match unit {
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Code(code) => bytes.push(u8::try_from(code).map_err(|_| (open, invalid("byte")))?),
        }
    }
    Ok(bytes)
}

fn invalid(what: &str) -> String {
    format!("Syntax error: invalid {what} in escape sequence")
}

fn units(content: &str, open: usize, bytes: bool) -> Result<Vec<Unit>, At> {
    let mut units = Vec::with_capacity(content.len());
    let mut rest = content.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            units.push(Unit::Char(c));
            continue;
        }
        let at = open + content.len() - rest.as_str().len();
        units.push(escape(&mut rest, bytes).ok_or_else(|| (at, "Syntax error: invalid escape sequence".to_string()))?);
    }
    Ok(units)
}

fn escape(rest: &mut std::str::Chars<'_>, bytes: bool) -> Option<Unit> {
    let c = rest.next()?;
    Some(Unit::Char(match c {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' | '?' | '"' | '\'' | '`' => c,
        'x' | 'X' => return code(rest, 2, 16, 0),
        'u' if !bytes => return code(rest, 4, 16, 0),
        'U' if !bytes => return code(rest, 8, 16, 0),
        '0'..='3' => return code(rest, 2, 8, c.to_digit(8)?),
        _ => return None,
    }))
}

fn code(rest: &mut std::str::Chars<'_>, digits: usize, radix: u32, first: u32) -> Option<Unit> {
    let mut code = first;
    for _ in 0..digits {
        code = code.checked_mul(radix)?.checked_add(rest.next()?.to_digit(radix)?)?;
    }
    char::from_u32(code).map(|_| Unit::Code(code))
}
