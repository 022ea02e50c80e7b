//! Paths as they reach what is behind a proxy.

use std::fmt::Write;

use crate::http::percent_decode;

/// `path` as upstream hands it on: decoded, without empty segments, `.` and `..`, and encoded again. A slash at its end stays, an empty
/// path stays empty.
pub(super) fn cleaned(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let decoded = percent_decode(path);
    let mut kept: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    let slash = if decoded.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    encoded(&format!("/{}{slash}", kept.join("/")))
}

/// As Go encodes a path.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            byte if b"-_.~$&+,/:;=@".contains(&byte) => out.push(char::from(byte)),
            // Writing to a text does not fail.
            byte => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_plain_and_encoded_as_upstream_does() {
        for (asked, sent) in [
            ("", ""),
            ("/", "/"),
            ("/a", "/a"),
            ("/a/", "/a/"),
            ("/a//b/./../c", "/a/c"),
            ("/../..", "/"),
            ("/%2e%2E/x", "/x"),
            ("/a%2Fb%20c/", "/a/b%20c/"),
            ("/v1:get/a+b=c@d!*", "/v1:get/a+b=c@d%21%2A"),
            ("/%C3%BC", "/%C3%BC"),
            ("/100%", "/100%25"),
        ] {
            assert_eq!(cleaned(asked), sent, "{asked}");
        }
    }
}
