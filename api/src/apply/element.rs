//! One step of a field's path.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

use super::order;
use crate::Text;
use crate::decode::Nesting;
use crate::go::{json_number, number as printed};

/// One step of a field's path, as `FieldsV1` knows them.
#[derive(Clone, Debug)]
pub enum Element {
    /// A field of a struct or an entry of a map: `f:`.
    Field(Text),
    /// The item of a list with these keys, sorted by name: `k:`.
    Key(Box<[(Text, Value)]>),
    /// The item of a set with this value: `v:`.
    Value(Box<Value>),
    /// The item of a list at this position: `i:`.
    Index(usize),
}

/// A key of `FieldsV1` that is no path element.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElementError {
    /// Of a kind that this server does not know: to be skipped.
    #[error("{0:?} is of an unknown kind")]
    Unknown(String),
    /// Malformed.
    #[error("{0:?} is not a path element")]
    Malformed(String),
}

/// Most keys that tell the items of a list apart.
const MOST_KEYS: usize = 64;

impl Element {
    /// A field of a struct or an entry of a map.
    pub fn field(name: &str) -> Self {
        Self::Field(name.into())
    }

    /// The element as a key of `FieldsV1`: `f:spec`, `k:{"name":"web"}`, `v:"a"`, `i:0`.
    pub fn to_key(&self) -> String {
        match self {
            Self::Field(name) => ["f:", name].concat(),
            Self::Key(keys) => key_of(keys),
            Self::Value(value) => format!("v:{}", json_of(value)),
            Self::Index(at) => format!("i:{at}"),
        }
    }

    /// Reads a key of `FieldsV1`.
    ///
    /// # Errors
    /// Where it is malformed, or of a kind that is not known.
    pub fn parse(key: &str) -> Result<Self, ElementError> {
        let malformed = || ElementError::Malformed(key.to_owned());
        let (kind, rest) = key.split_once(':').filter(|(kind, _)| kind.len() == 1).ok_or_else(malformed)?;
        match kind {
            "f" => Ok(Self::field(rest)),
            "k" if is_flat(rest, 1) => {
                let map: Map<String, Value> = serde_json::from_str(rest).map_err(|_| malformed())?;
                Ok(Self::of_keys(map.into_iter().map(|(name, value)| (Text::from(name), value))))
            }
            "v" if is_flat(rest, 0) => {
                serde_json::from_str(rest).map(|value| Self::Value(Box::new(value))).map_err(|_| malformed())
            }
            "k" | "v" => Err(malformed()),
            "i" => rest.parse().map(Self::Index).map_err(|_| malformed()),
            _ => Err(ElementError::Unknown(key.to_owned())),
        }
    }

    /// The item of a list with these keys.
    pub fn of_keys(keys: impl Iterator<Item = (Text, Value)>) -> Self {
        let mut keys: Box<[_]> = keys.collect();
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self::Key(keys)
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Value(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

/// Whether the JSON `text` has `levels` of nesting and no more, and few values: items are told apart by scalars, of sets as of maps.
fn is_flat(text: &str, levels: usize) -> bool {
    Nesting::new(levels, MOST_KEYS).excess(text.as_bytes()).is_none()
}

fn key_of(keys: &[(Text, Value)]) -> String {
    let mut key = String::with_capacity(64);
    key.push_str("k:");
    for (at, (name, value)) in keys.iter().enumerate() {
        key.push(if at == 0 { '{' } else { ',' });
        push_json(&mut key, name);
        key.push(':');
        match value {
            Value::String(text) => push_json(&mut key, text),
            other => key.push_str(&json_of(other)),
        }
    }
    key.push_str(if keys.is_empty() { "{}" } else { "}" });
    key
}

/// The scalar `value` as JSON: 1.0 is 1.
fn json_of(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map(json_number).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// Adds `text` as JSON.
fn push_json(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.extend(["\"", text, "\""]);
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map(printed).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// As upstream's conflicts and errors write it: `.spec`, `[name="web"]`, `[="a"]`, `[0]`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(keys) => {
                let keys: Vec<String> = keys.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
                write!(f, "[{}]", keys.join(","))
            }
            Self::Value(value) => write!(f, "[={}]", shown(value)),
            Self::Index(at) => write!(f, "[{at}]"),
        }
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(a), Self::Field(b)) => a.cmp(b),
            (Self::Key(a), Self::Key(b)) => compare_keys(a, b),
            (Self::Value(a), Self::Value(b)) => order::compare(a, b),
            (Self::Index(a), Self::Index(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn compare_keys(a: &[(Text, Value)], b: &[(Text, Value)]) -> Ordering {
    let pairs = a.iter().zip(b);
    let unequal = pairs.map(|(a, b)| a.0.cmp(&b.0).then_with(|| order::compare(&a.1, &b.1))).find(|order| order.is_ne());
    unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Element {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_element_reads_back() {
        for key in [
            "f:spec",
            "f:a.b/c",
            r#"k:{"containerPort":80,"protocol":"TCP"}"#,
            r#"k:{"name":"a\"\\\n"}"#,
            r#"v:"x""#,
            "v:3",
            "i:7",
        ] {
            assert_eq!(Element::parse(key).unwrap().to_key(), key);
        }
        let shuffled = Element::parse(r#"k:{"protocol":"TCP","containerPort":80}"#).unwrap();
        assert_eq!(shuffled.to_string(), r#"[containerPort=80,protocol="TCP"]"#);
        assert!(matches!(Element::parse("x:1"), Err(ElementError::Unknown(_))));
        assert_eq!(Element::parse("v:1.0").unwrap().to_key(), "v:1");
        let many = format!("k:{{{}\"z\":1}}", "\"a\":1,".repeat(MOST_KEYS));
        for wrong in ["", "f", "spec", "k:[]", "v:", "i:a", "v:[0]", "v:{}", r#"k:{"a":[]}"#, r#"k:{"a":{}}"#, &many] {
            assert!(matches!(Element::parse(wrong), Err(ElementError::Malformed(_))), "{wrong}");
        }
    }
}
