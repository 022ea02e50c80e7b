//! Percent-encoding and query strings.

/// Text with `%XX` decoded; what is not UTF-8 afterwards becomes the replacement character.
pub(crate) fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| bytes.get(at + 1..at + 3)).flatten().and_then(hex);
        match escaped {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex(pair: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// Whether each `%` in `text` begins an escape.
pub(crate) fn is_escaped(text: &str) -> bool {
    text.split('%').skip(1).all(|after| after.as_bytes().get(..2).and_then(hex).is_some())
}

/// The parameters of a query string, decoded, in order. As in Go one that is broken or holds a semicolon is left out.
pub(crate) fn parse_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';') && is_escaped(pair));
    let decode = |text: &str| percent_decode(&text.replace('+', " "));
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// `pairs` as a query string.
pub(crate) fn write_query(pairs: &[(String, String)]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |text: &str| -> String {
        text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
    };
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_written_reads_back() {
        let pairs = vec![("command".to_owned(), "echo ä & b=c".to_owned()), ("command".to_owned(), "+".to_owned())];
        assert_eq!(parse_query(&write_query(&pairs)), pairs);
    }

    #[test]
    fn escapes_are_decoded_and_broken_ones_kept() {
        assert_eq!(percent_decode("https%3Aweb%3a443"), "https:web:443");
        assert_eq!(percent_decode("50%zz%"), "50%zz%");
        let query = parse_query("labelSelector=a%3Db%2Cc&watch&x=a+b");
        assert_eq!(query[0], ("labelSelector".into(), "a=b,c".into()));
        assert_eq!((query[1].1.as_str(), query[2].1.as_str()), ("", "a b"));
        assert_eq!(parse_query("a=1;b=2&limit=%zz&c=%4&d=%+1&e=1"), [("e".to_owned(), "1".to_owned())]);
    }
}
