use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map as JsonMap;

use super::json::{typed, untyped};
use super::{Key, Text, Value};
use crate::types::{ObjectType, Schema};

/// A map or an object: JSON, or made by an expression.
#[derive(Clone, Debug)]
pub struct Map<'a>(Repr<'a>);

#[derive(Clone, Debug)]
enum Repr<'a> {
    Json { map: &'a JsonMap<String, serde_json::Value>, entries: Entries },
    Built(Arc<Built<'a>>),
}

/// What the values of a JSON object are.
#[derive(Clone, Debug)]
pub(crate) enum Entries {
    Any,
    Values(Arc<Schema>),
    Fields(ObjectType),
}

/// A map literal, or with a name an object literal.
#[derive(Debug, Default)]
pub(crate) struct Built<'a> {
    pub name: Option<Arc<str>>,
    pub entries: BTreeMap<Key<'a>, Value<'a>>,
}

impl<'a> Built<'a> {
    fn get<'k>(&'k self, key: &Key<'k>) -> Option<Value<'a>> {
        let entries: &BTreeMap<Key<'k>, Value<'a>> = &self.entries;
        entries.get(key).cloned()
    }
}

impl<'a> Map<'a> {
    pub(crate) const fn json(map: &'a JsonMap<String, serde_json::Value>, entries: Entries) -> Self {
        Self(Repr::Json { map, entries })
    }

    pub(crate) fn built(built: Built<'a>) -> Self {
        Self(Repr::Built(Arc::new(built)))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Json { map, .. } => map.len(),
            Repr::Built(built) => built.entries.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key`.
    pub fn get(&self, key: &Key<'_>) -> Option<Value<'a>> {
        match (&self.0, key) {
            (Repr::Json { .. }, Key::String(name)) => self.field(name),
            (Repr::Json { .. }, _) => None,
            (Repr::Built(built), _) => built.get(key),
        }
    }

    /// The value of the text key `name`.
    pub fn field(&self, name: &str) -> Option<Value<'a>> {
        match &self.0 {
            Repr::Json { map, entries } => {
                let json = map.get(name)?;
                match entries {
                    Entries::Any => Some(untyped(json)),
                    Entries::Values(schema) => Some(typed(json, schema)),
                    // As upstream, a field of null is one that is not there.
                    Entries::Fields(object) => {
                        let schema = if json.is_null() { None } else { object.field(name) };
                        schema.map(|schema| typed(json, &schema))
                    }
                }
            }
            Repr::Built(built) => built.get(&Key::String(Text::Borrowed(name))),
        }
    }

    /// The keys, in the order of JSON or sorted.
    pub fn keys(&self) -> Vec<Key<'a>> {
        match &self.0 {
            Repr::Json { map, entries } => {
                let seen = map.keys().filter(|name| match entries {
                    Entries::Fields(object) => object.field(name).is_some(),
                    Entries::Any | Entries::Values(_) => true,
                });
                seen.map(|name| Key::String(Text::Borrowed(name.as_str()))).collect()
            }
            Repr::Built(built) => built.entries.keys().cloned().collect(),
        }
    }

    /// Whether nothing else holds it: it was made just now.
    pub(crate) fn is_new(&self) -> bool {
        matches!(&self.0, Repr::Built(built) if Arc::strong_count(built) == 1)
    }

    /// The name that `type()` gives.
    pub(crate) fn type_name(&self) -> Text<'a> {
        match &self.0 {
            Repr::Json { entries: Entries::Fields(object), .. } => Text::from(object.name().to_string()),
            Repr::Built(built) => built.name.clone().map_or(Text::Borrowed("map"), Text::Shared),
            Repr::Json { .. } => Text::Borrowed("map"),
        }
    }
}
