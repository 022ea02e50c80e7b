//! Links of HTML pages, brought below the path under which the proxy shows their server.

/// Attributes that hold a link.
const ATTRIBUTES: [&str; 14] = [
    "href",
    "src",
    "action",
    "formaction",
    "background",
    "cite",
    "classid",
    "codebase",
    "data",
    "icon",
    "longdesc",
    "manifest",
    "poster",
    "usemap",
];
/// Longest tag that is looked into.
const TAG: usize = 64 << 10;

/// Rewrites a page piece by piece.
pub struct Links {
    base: Base,
    pending: Vec<u8>,
    /// The end tag up to which text is no markup.
    until: Option<&'static str>,
}

/// What links are brought below.
#[derive(Clone, Debug)]
pub struct Base {
    /// The path before that of the server behind: `/api/v1/namespaces/n/services/s/proxy`.
    pub prefix: String,
    /// The names by which links may mean this very server: as the client calls ours, as we call the one behind.
    pub hosts: [String; 2],
}

impl Base {
    /// `link` as the client must follow it.
    pub fn rewrite(&self, link: &str) -> Option<String> {
        let (host, path) = split(link);
        let own = host.is_empty() || self.hosts.iter().any(|known| known == host);
        if !own || !path.starts_with('/') || path.starts_with(&self.prefix) {
            return None;
        }
        Some(format!("{}{path}", self.prefix))
    }
}

/// Host and port of a link, empty for none, and what follows.
fn split(link: &str) -> (&str, &str) {
    let behind = match link.split_once("://") {
        Some(("http" | "https", behind)) => Some(behind),
        _ => link.strip_prefix("//"),
    };
    let Some(behind) = behind else { return ("", link) };
    behind.find('/').map_or((behind, ""), |at| behind.split_at(at))
}

impl Links {
    /// Brings links below `base`.
    pub const fn new(base: Base) -> Self {
        Self { base, pending: Vec::new(), until: None }
    }

    /// The next piece, and what it ends of the page so far.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut out = Vec::with_capacity(pending.len());
        let mut rest = pending.as_slice();
        while let Some(start) = rest.iter().position(|byte| *byte == b'<') {
            let (text, tag) = rest.split_at(start);
            out.extend_from_slice(text);
            rest = tag;
            let Some(length) = tag_length(tag, self.until.is_some()) else { break };
            let (tag, behind) = tag.split_at(length);
            self.tag(tag, &mut out);
            rest = behind;
        }
        if rest.first() == Some(&b'<') && rest.len() <= TAG {
            self.pending = rest.to_vec();
        } else {
            out.extend_from_slice(rest);
        }
        out
    }

    /// What is left at the end of the page.
    pub fn finish(self) -> Vec<u8> {
        self.pending
    }

    fn tag(&mut self, tag: &[u8], out: &mut Vec<u8>) {
        let Ok(text) = std::str::from_utf8(tag) else { return out.extend_from_slice(tag) };
        let name = text.get(1..).unwrap_or_default();
        let name = name.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default().to_ascii_lowercase();
        if let Some(end) = self.until {
            if name == end {
                self.until = None;
            }
            return out.extend_from_slice(tag);
        }
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return out.extend_from_slice(tag);
        }
        self.until = match name.as_str() {
            "script" => Some("/script"),
            "style" => Some("/style"),
            "textarea" => Some("/textarea"),
            _ => None,
        };
        self.attributes(text, out);
    }

    fn attributes(&self, tag: &str, out: &mut Vec<u8>) {
        let mut rest = tag;
        while let Some(at) = rest.find('=') {
            let (before, behind) = rest.split_at(at + 1);
            out.extend_from_slice(before.as_bytes());
            let name = before.trim_end_matches(|c: char| c == '=' || c.is_whitespace());
            let name = name.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/')).next().unwrap_or_default();
            let value = behind.trim_start();
            out.extend_from_slice(behind.get(..behind.len() - value.len()).unwrap_or_default().as_bytes());
            let (value, quote) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => (value.get(1..).unwrap_or_default(), Some(quote)),
                _ => (value, None),
            };
            let end =
                value.find(|c: char| quote.map_or(c.is_whitespace() || c == '>', |quote| c == quote)).unwrap_or(value.len());
            let (value, behind) = value.split_at(end);
            out.extend(quote.map(|quote| quote as u8));
            let known = ATTRIBUTES.iter().any(|known| name.eq_ignore_ascii_case(known));
            let link = known.then(|| self.base.rewrite(value.trim())).flatten();
            out.extend_from_slice(link.as_deref().unwrap_or(value).as_bytes());
            rest = behind;
            if let Some(behind) = quote.and_then(|quote| rest.strip_prefix(quote)) {
                out.extend(quote.map(|quote| quote as u8));
                rest = behind;
            }
        }
        out.extend_from_slice(rest.as_bytes());
    }
}

/// The length of the tag at the beginning; 1 where that is no tag, `None` where its end is still to come. In the text of
/// a script only end tags are tags.
fn tag_length(text: &[u8], script: bool) -> Option<usize> {
    let first = *text.get(1)?;
    if script && first != b'/' {
        return Some(1);
    }
    if !(first.is_ascii_alphabetic() || matches!(first, b'/' | b'!' | b'?')) {
        return Some(1);
    }
    let mut quote = None;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match (quote, *byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'')
                if first.is_ascii_alphabetic() && text.get(at - 1).is_some_and(|before| matches!(before, b'=' | b' ')) =>
            {
                quote = Some(*byte);
            }
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base { prefix: "/p/proxy".into(), hosts: ["api:6443".into(), "10.0.0.1:80".into()] }
    }

    #[test]
    fn links_that_are_absolute_here_come_below_the_prefix() {
        for (link, wanted) in [
            ("/a/b/", Some("/p/proxy/a/b/")),
            ("/a?q=/x#f", Some("/p/proxy/a?q=/x#f")),
            ("http://10.0.0.1:80/a", Some("/p/proxy/a")),
            ("https://api:6443/a", Some("/p/proxy/a")),
            ("a/b", None),
            ("//cdn/a", None),
            ("https://elsewhere/a", None),
            ("/p/proxy/a", None),
            ("mailto:x@y", None),
            ("#top", None),
        ] {
            assert_eq!(base().rewrite(link).as_deref(), wanted, "{link}");
        }
    }

    #[test]
    fn pages_are_rewritten_wherever_they_are_cut() {
        let page = "<!-- don't href=\"/c\" --><a class=x href='/a'>1 < 2</a><img SRC = \"/i.png\" alt=\"a>b\"><a href=/bare>\
                    <script src=\"/s.js\">if (a<b) x = '<a href=\"/no\">'</script><form action=\"/f\" data-href=\"/keep\"><p";
        let wanted = "<!-- don't href=\"/c\" --><a class=x href='/p/proxy/a'>1 < 2</a><img SRC = \"/p/proxy/i.png\" alt=\"a>b\">\
                      <a href=/p/proxy/bare><script src=\"/p/proxy/s.js\">if (a<b) x = '<a href=\"/no\">'</script>\
                      <form action=\"/p/proxy/f\" data-href=\"/keep\"><p";
        for cut in [1, 7, page.len()] {
            let mut links = Links::new(base());
            let mut out: Vec<u8> = page.as_bytes().chunks(cut).flat_map(|piece| links.feed(piece)).collect();
            out.extend(links.finish());
            assert_eq!(String::from_utf8(out).unwrap(), wanted, "cut at {cut}");
        }
    }

    #[test]
    fn a_tag_without_end_is_not_kept() {
        let mut links = Links::new(base());
        let endless = [b"<a ", &vec![b'x'; TAG][..]].concat();
        assert_eq!(links.feed(&endless).len(), endless.len());
    }
}
