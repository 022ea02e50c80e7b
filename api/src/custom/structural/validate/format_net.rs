//! Formats of texts that tell where something is.

use std::net::Ipv6Addr;

/// Four numbers, which may be padded with zeros, or an IPv6 address with such at its end.
pub(super) fn is_ipv4(text: &str) -> bool {
    text.contains('.') && (is_padded(text) || is_lax_ipv6(text))
}

/// An IPv6 address.
pub(super) fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

fn is_padded(text: &str) -> bool {
    padded(text).is_some()
}

/// The numbers of an IPv4 address.
fn padded(text: &str) -> Option<[u8; 4]> {
    let mut numbers = [0; 4];
    let mut parts = text.split('.');
    for number in &mut numbers {
        let part = parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// An IPv6 address, in which an IPv4 address at the end may be padded.
fn is_lax_ipv6(text: &str) -> bool {
    let Some((front, last)) = text.rsplit_once(':') else { return false };
    match padded(last) {
        Some([a, b, c, d]) => is_ipv6(&format!("{front}:{a}.{b}.{c}.{d}")),
        None => is_ipv6(text),
    }
}

/// An address and how much of it counts.
pub(super) fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let most = if is_padded(address) { 32 } else { 128 };
    let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
    (most == 32 || is_lax_ipv6(address)) && digits && prefix.parse::<u8>().is_ok_and(|prefix| prefix <= most)
}

/// Six, eight or twenty bytes, in pairs of digits or fours, or with nothing between them.
pub(super) fn is_mac(text: &str) -> bool {
    let groups = |separator: char, digits: usize| {
        let parts: Vec<&str> = text.split(separator).collect();
        let fine = parts.iter().all(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
        fine && matches!(parts.len() * digits, 12 | 16 | 40)
    };
    let plain = matches!(text.len(), 12 | 16 | 40) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain || groups(':', 2) || groups('-', 2) || groups('.', 4)
}

/// What can stand in the first line of a request: a whole address, or a path.
pub(super) fn is_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return false;
    }
    let Some((scheme, rest)) = scheme(text) else { return false };
    let rest = rest.split('?').next().unwrap_or_default();
    if !rest.starts_with('/') {
        return scheme || text == "*";
    }
    match rest.strip_prefix("//").filter(|_| scheme) {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            is_authority(&rest[..end]) && is_escaped(&rest[end..], |_| true)
        }
        None => is_escaped(rest, |_| true),
    }
}

/// Whether `text` begins with a scheme, and what follows it; `None` where one is missing before a colon.
fn scheme(text: &str) -> Option<(bool, &str)> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b':' if at == 0 => return None,
            b':' => return Some((true, &text[at + 1..])),
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            byte if byte.is_ascii_alphabetic() => {}
            _ => break,
        }
    }
    Some((false, text))
}

fn is_authority(text: &str) -> bool {
    let (user, host) = text.rsplit_once('@').map_or((None, text), |(user, host)| (Some(user), host));
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    user.is_none_or(|user| user.bytes().all(named) && is_escaped(user, |_| true)) && is_host(host)
}

fn is_host(text: &str) -> bool {
    let is_port = |port: &str| {
        port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80 || b"!$&'()*+,;=:[]<>\"-_.~".contains(&byte);
    let address = if text.starts_with('[') {
        let Some(end) = text.rfind(']') else { return false };
        if !is_port(&text[end + 1..]) {
            return false;
        }
        let inner = &text[1..end];
        let (address, zone) = inner.split_once("%25").unwrap_or((inner, ""));
        return is_ipv6(address) && is_escaped(zone, |_| true);
    } else {
        text
    };
    let port = address.rfind(':').map_or("", |at| &address[at..]);
    is_port(port) && is_host_escaped(address) && address.bytes().all(|byte| byte == b'%' || plain(byte))
}

/// In a host, only what is no letter of ASCII may be escaped.
fn is_host_escaped(text: &str) -> bool {
    is_escaped(text, |code| code >= 0x80 || code == b'%')
}

/// Whether two digits follow each `%`, which stand for a byte that may.
fn is_escaped(text: &str, may: impl Fn(u8) -> bool) -> bool {
    text.split('%').skip(1).all(|after| {
        let code = after.get(..2).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        code.and_then(|code| u8::from_str_radix(code, 16).ok()).is_some_and(&may)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_tell_where_something_is() {
        for (check, good, bad) in [
            (is_ipv4 as fn(&str) -> bool, "010.0.0.1", "10.0.0.256"),
            (is_ipv4, "::ffff:1.2.3.4", "::1"),
            (is_ipv6, "::1", "10.0.0.1"),
            (is_cidr, "10.0.0.0/8", "10.0.0.0/33"),
            (is_cidr, "::/128", "::/+1"),
            (is_mac, "00:00:5e:00:53:01", "00:00:5e"),
            (is_mac, "00005e005301", "00005e0053"),
            (is_uri, "https://u:p@example.com:80/x%20y?q", "no uri"),
            (is_uri, "mailto:a b", "http://a b/"),
            (is_uri, "/path", "path"),
            (is_uri, "http://[::1]:8080", "http://[::1"),
            (is_uri, "http://a:b@c", "http://a:b"),
            (is_uri, "/%41", "/%4"),
        ] {
            assert!(check(good) && !check(bad), "{good} {bad}");
        }
    }
}
