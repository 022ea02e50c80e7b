//! `[scheme:]name[:port]`.

/// The parts of a proxied name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The plain name.
    pub name: &'a str,
    /// A number or a name; empty for none.
    pub port: &'a str,
}

/// The parts of `text`; `None` where it has others, or no name.
pub fn named(text: &str) -> Option<Named<'_>> {
    let parts: Vec<&str> = text.split(':').collect();
    let (scheme, name, port) = match *parts.as_slice() {
        [name] => ("", name, ""),
        [name, port] => ("", name, port),
        [scheme, name, port] => (scheme, name, port),
        _ => return None,
    };
    let known = matches!(scheme, "" | "http" | "https");
    (known && !name.is_empty()).then_some(Named { tls: scheme == "https", name, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_port_may_be_left_out() {
        let parts = |text| named(text).map(|named| (named.tls, named.name, named.port));
        assert_eq!(parts("web"), Some((false, "web", "")));
        assert_eq!(parts("web:80"), Some((false, "web", "80")));
        assert_eq!(parts("https:web:"), Some((true, "web", "")));
        assert_eq!(parts("http:web:main"), Some((false, "web", "main")));
        for bad in ["", ":80", "ftp:web:80", "a:b:c:d", "https::1"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
