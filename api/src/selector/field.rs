//! Field selectors.

use super::SelectorError;
use crate::kind::Kind;
use crate::meta::{Head, Key};

/// Which field values are meant, for the objects of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: Field,
    equal: bool,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Namespace,
    /// Position in [`Head::fields`].
    At(usize),
}

impl FieldSelector {
    /// Matches every object.
    pub const fn everything() -> Self {
        Self { terms: Vec::new() }
    }

    /// Reads `text` (`a=b,c!=d`, with `\\`, `\,` and `\=` escaped) for the objects of `kind`.
    ///
    /// # Errors
    /// Upstream's text, where the syntax is bad or the kind has no such selectable field.
    pub fn parse(kind: &Kind, text: &str) -> Result<Self, SelectorError> {
        let terms = split(text).into_iter().filter(|term| !term.is_empty());
        terms.map(|term| read_term(kind, text, term)).collect::<Result<_, _>>().map(|terms| Self { terms })
    }

    /// The fields that `text` demands to have a value, with that value, for objects of whatever kind.
    ///
    /// # Errors
    /// Upstream's text, where the syntax is bad.
    pub fn equalities(text: &str) -> Result<Vec<(String, String)>, SelectorError> {
        let terms = split(text).into_iter().filter(|term| !term.is_empty());
        let equal = terms.map(|term| split_term(text, term)).filter(|term| !matches!(term, Ok((_, false, _))));
        equal.map(|term| term.map(|(name, _, value)| (name.to_owned(), value))).collect()
    }

    /// Whether the object at `key` with `head` is meant.
    pub fn matches(&self, key: &Key, head: &Head) -> bool {
        self.terms.iter().all(|term| {
            let value = match term.field {
                Field::Name => &*key.name,
                Field::Namespace => &*key.namespace,
                Field::At(at) => head.fields.get(at).map_or("", |value| &**value),
            };
            (value == term.value) == term.equal
        })
    }

    /// Whether every object is meant.
    pub fn is_everything(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it looks at fields other than name and namespace.
    pub fn reads_fields(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.field, Field::At(_)))
    }

    /// The one name that can match, where the selector asks for one.
    pub fn name(&self) -> Option<&str> {
        self.terms.iter().find(|term| term.field == Field::Name && term.equal).map(|term| term.value.as_str())
    }
}

/// Splits at commas that are not escaped.
fn split(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                terms.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(text.get(start..).unwrap_or_default());
    terms
}

fn read_term(kind: &Kind, selector: &str, term: &str) -> Result<Term, SelectorError> {
    let (name, equal, value) = split_term(selector, term)?;
    Ok(Term { field: field(kind, name)?, equal, value })
}

/// The name of the field, whether it must be equal, and the value.
fn split_term<'a>(selector: &str, term: &'a str) -> Result<(&'a str, bool, String), SelectorError> {
    let invalid = || SelectorError::Syntax(format!("invalid selector: '{selector}'; can't understand '{term}'"));
    let at = term.find(['=', '!']).ok_or_else(invalid)?;
    let (name, rest) = term.split_at(at);
    let (equal, value) = if let Some(value) = rest.strip_prefix("!=") {
        (false, value)
    } else if let Some(value) = rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')) {
        (true, value)
    } else {
        return Err(invalid());
    };
    Ok((name, equal, unescape(value)?))
}

fn field(kind: &Kind, name: &str) -> Result<Field, SelectorError> {
    match name {
        "metadata.name" => Ok(Field::Name),
        // Upstream's custom kinds know it where they have namespaces.
        "metadata.namespace" if kind.namespaced || kind.custom.is_none() => Ok(Field::Namespace),
        _ => match kind.selectable.iter().position(|field| &*field.name == name) {
            Some(at) => Ok(Field::At(at)),
            None if kind.selectable.is_empty() && kind.custom.is_none() => Err(SelectorError::OnlyMetadata(name.into())),
            None => Err(SelectorError::UnknownField(name.into())),
        },
    }
}

fn unescape(value: &str) -> Result<String, SelectorError> {
    let mut plain = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped @ ('\\' | ',' | '=')) => plain.push(escaped),
                Some(other) => return Err(bad_escape(&format!("\\{other}"))),
                None => return Err(bad_escape("\\")),
            },
            ',' | '=' => {
                return Err(SelectorError::Syntax(format!(
                    "invalid field selector: unescaped character in value: {}",
                    u32::from(letter)
                )));
            }
            _ => plain.push(letter),
        }
    }
    Ok(plain)
}

fn bad_escape(sequence: &str) -> SelectorError {
    SelectorError::Syntax(format!("invalid field selector: invalid escape sequence: {sequence}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kinds;
    use serde_json::json;

    fn pods() -> Kind {
        Kind::clone(Kinds::builtin().get("", "v1", "pods").unwrap())
    }

    fn matches(selector: &str) -> bool {
        let object = json!({"spec": {"nodeName": "n,1"}, "status": {"phase": "Running"}});
        let head = Head::read(&object, &pods().field_pointers());
        FieldSelector::parse(&pods(), selector).unwrap().matches(&Key::new("pods", "ns", "a"), &head)
    }

    #[test]
    fn fields_select_by_row_and_metadata() {
        for yes in
            ["", ",", "metadata.name=a", "metadata.namespace!=b", "spec.nodeName=n\\,1", "status.phase==Running,metadata.name=a"]
        {
            assert!(matches(yes), "{yes}");
        }
        for no in ["metadata.name=b", "status.phase!=Running", "spec.nodeName="] {
            assert!(!matches(no), "{no}");
        }
    }

    #[test]
    fn equalities_are_told_of_any_kind() {
        let told = FieldSelector::equalities("spec.x==a\\,b,spec.y!=c,,metadata.name=d").unwrap();
        assert_eq!(told, [("spec.x".to_owned(), "a,b".to_owned()), ("metadata.name".to_owned(), "d".to_owned())]);
        assert!(FieldSelector::equalities("spec.x=a,y").is_err());
    }

    #[test]
    fn a_bad_field_selector_is_refused_in_upstreams_words() {
        let refusal = |text: &str| FieldSelector::parse(&pods(), text).unwrap_err().to_string();
        assert_eq!(refusal("x"), "invalid selector: 'x'; can't understand 'x'");
        assert_eq!(refusal("spec.foo=1"), "field label not supported: spec.foo");
        assert_eq!(refusal("metadata.name=a\\b"), "invalid field selector: invalid escape sequence: \\b");
        let bare = Kind { selectable: Vec::new(), ..pods() };
        let error = FieldSelector::parse(&bare, "data=1").unwrap_err().to_string();
        assert_eq!(error, "\"data\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
    }
}
