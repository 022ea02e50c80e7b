//! Addresses of mail, as RFC 5322 writes them.

use std::net::IpAddr;

/// Whether `text` is one address, with or without a name before it or behind it.
pub(super) fn is_email(text: &str) -> bool {
    let end = mailbox(blanks(text)).or_else(|| group(blanks(text)));
    end.and_then(comments).is_some_and(str::is_empty)
}

/// What follows an address, which may have a name.
fn mailbox(text: &str) -> Option<&str> {
    address(text).or_else(|| named(text))
}

/// What follows the name of a group and its only member.
fn group(text: &str) -> Option<&str> {
    let member = phrase(text)?.strip_prefix(':')?;
    comments(mailbox(blanks(member))?)?.strip_prefix(';')
}

/// What follows a name and an address in angle brackets.
fn named(text: &str) -> Option<&str> {
    let rest = if text.starts_with('<') { text } else { phrase(text)? };
    address(blanks(rest).strip_prefix('<')?)?.strip_prefix('>')
}

/// What follows a local part, `@`, and a domain.
fn address(text: &str) -> Option<&str> {
    let text = blanks(text);
    let rest = match text.strip_prefix('"') {
        Some(rest) if rest.starts_with('"') => return None,
        Some(rest) => quoted(rest)?,
        None => dotted(text)?,
    };
    let rest = blanks(rest.strip_prefix('@')?);
    match rest.strip_prefix('[') {
        Some(rest) => {
            let (literal, rest) = rest.split_once(']')?;
            literal.parse::<IpAddr>().ok().map(|_| rest)
        }
        None => dotted(rest),
    }
}

/// What follows words, of which there is at least one.
fn phrase(text: &str) -> Option<&str> {
    let (mut rest, mut words) = (text, 0);
    loop {
        let text = blanks(rest);
        let next = match text.strip_prefix('"') {
            Some(quote) => quoted(quote),
            None => Some(text.trim_start_matches(|letter| is_plain(letter) || ".()[];@\\,".contains(letter))),
        };
        match next {
            Some(next) if next.len() < text.len() => (rest, words) = (next, words + 1),
            _ => return (words > 0).then_some(text),
        }
    }
}

/// What follows plain letters with single dots in between.
fn dotted(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|letter| is_plain(letter) || letter == '.');
    let found = &text[..text.len() - rest.len()];
    found.split('.').all(|part| !part.is_empty()).then_some(rest)
}

/// What follows the end of a quotation.
fn quoted(text: &str) -> Option<&str> {
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some(&text[at + 1..]),
            '\\' => {
                letters.next().filter(|(_, letter)| is_visible(*letter))?;
            }
            letter if is_visible(letter) => {}
            _ => return None,
        }
    }
    None
}

/// What follows comments; `None` where one has no end.
fn comments(text: &str) -> Option<&str> {
    let mut rest = blanks(text);
    while let Some(inside) = rest.strip_prefix('(') {
        let (mut depth, mut end, mut escaped) = (1, None, false);
        for (at, letter) in inside.char_indices() {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                end = Some(at + 1);
                break;
            }
        }
        rest = blanks(&inside[end?..]);
    }
    Some(rest)
}

fn blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

fn is_visible(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '!'..='~') || !letter.is_ascii()
}

fn is_plain(letter: char) -> bool {
    is_visible(letter) && !" \t.()[];@\\,<>\":".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_name() {
        for good in [
            "a@b",
            "a.b+c@example.com",
            "Ann <a@b>",
            "\"A B\" <a@b>",
            "<a@b>",
            "a@b (Ann)",
            "\"a b\"@c",
            "a@[1.2.3.4]",
            "x: a@b;",
            "é@ü",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["", "a", "@b", "a@", "a..b@c", ".a@b", "a@b@c", "a@b, c@d", "Ann a@b", "a@b (", "\"\"@b", "x: a@b, c@d;", "a@[x]"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
