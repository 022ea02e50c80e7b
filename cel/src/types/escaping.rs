//! How names of properties are written in expressions.

use crate::syntax::RESERVED;

/// Words of the language besides [`RESERVED`].
const WORDS: [&str; 4] = ["true", "false", "null", "in"];

/// Signs that names may have, and what stands for them.
const SIGNS: [(&str, &str); 4] = [("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__")];

/// The identifier for a property name; `None` where it cannot be written as one.
pub fn escape(name: &str) -> Option<String> {
    if is_word(name) {
        return Some(format!("__{name}__"));
    }
    let legal = |c: char| c == '_' || c == '.' || c == '-' || c == '/' || c.is_ascii_alphanumeric();
    if name.is_empty() || !name.chars().all(legal) {
        return None;
    }
    let mut escaped = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let sign = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
        let (from, to) = sign.map_or((first.len_utf8(), None), |(sign, escape)| (sign.len(), Some(*escape)));
        escaped.push_str(to.unwrap_or(rest.get(..from).unwrap_or_default()));
        rest = rest.get(from..).unwrap_or_default();
    }
    (!escaped.starts_with(|c: char| c.is_ascii_digit())).then_some(escaped)
}

fn is_word(name: &str) -> bool {
    WORDS.contains(&name) || RESERVED.contains(&name)
}

/// The property name that an identifier stands for; `None` where the escape is not one.
pub fn unescape(identifier: &str) -> Option<String> {
    let inner = identifier.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    if let Some(word) = inner.filter(|word| is_word(word)) {
        return Some(word.into());
    }
    let mut name = String::with_capacity(identifier.len());
    let mut rest = identifier;
    while let Some(at) = rest.find("__") {
        let (before, escape) = rest.split_at(at);
        let (sign, written) = SIGNS.iter().find(|(_, written)| escape.starts_with(written))?;
        name.push_str(before);
        name.push_str(sign);
        rest = escape.get(written.len()..)?;
    }
    name.push_str(rest);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};

    #[test]
    fn names_survive_escaping() {
        for name in ["a", "a.b", "a-b/c", "namespace", "__x", "a__b", "x_y", "_", "___"] {
            let escaped = escape(name).unwrap();
            assert_eq!(unescape(&escaped).as_deref(), Some(name), "{escaped}");
        }
        assert_eq!(escape("a.b-c/d__e").as_deref(), Some("a__dot__b__dash__c__slash__d__underscores__e"));
        assert_eq!(escape("if").as_deref(), Some("__if__"));
        assert_eq!(escape("4a"), None);
        assert_eq!(escape("a b"), None);
        assert_eq!(unescape("a__b"), None);
    }
}
