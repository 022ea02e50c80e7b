//! The parsed part of an object that the generic machinery needs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Uid;
use crate::time::Time;
use crate::{Text, member_of, place};

/// One entry of `metadata.ownerReferences`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerRef {
    /// Group and version of the owner.
    pub api_version: Text,
    /// Kind of the owner.
    pub kind: Text,
    /// Name of the owner, in the same namespace or cluster-scoped.
    pub name: Text,
    /// The owner's uid: a later object of the same name is not the owner.
    pub uid: Uid,
    /// Whether the owner manages this object.
    #[serde(default)]
    pub controller: bool,
    /// Whether foreground deletion of the owner waits for this object.
    #[serde(default)]
    pub block_owner_deletion: bool,
}

/// What the generic machinery knows of an object without reading its JSON: parsed once per write
/// and carried beside the bytes in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// `metadata.uid`, empty before `prepare`.
    pub uid: Text,
    /// `metadata.generation`, 0 where the kind has none.
    pub generation: i64,
    /// `metadata.creationTimestamp`.
    pub created: Time,
    /// `metadata.deletionTimestamp`: deletion is under way.
    pub deleted: Option<Time>,
    /// `metadata.labels`, sorted by key.
    pub labels: Vec<(Text, Text)>,
    /// `metadata.ownerReferences`, in order.
    pub owners: Vec<OwnerRef>,
    /// `metadata.finalizers`, in order.
    pub finalizers: Vec<Text>,
    /// Values of the kind's selectable fields, in the order of its row (`metadata.*` excluded).
    pub fields: Vec<Text>,
}

impl Head {
    /// Reads the head of `object`; `fields` are the places of the row's selectable fields.
    /// Anything of the wrong type reads as absent: the schema check comes before.
    pub fn read(object: &Value, fields: &[Text]) -> Self {
        let meta = object.get("metadata").unwrap_or(&Value::Null);
        let time = |name: &str| member_of(meta, name).and_then(Value::as_str).and_then(Time::parse);
        Self {
            uid: member_of(meta, "uid").and_then(Value::as_str).unwrap_or_default().into(),
            generation: member_of(meta, "generation").and_then(Value::as_i64).unwrap_or_default(),
            created: time("creationTimestamp").unwrap_or_default(),
            deleted: time("deletionTimestamp"),
            labels: read_labels(meta),
            owners: read_owners(meta),
            finalizers: read_texts(member_of(meta, "finalizers")),
            fields: fields.iter().map(|place| selected(object, place)).collect(),
        }
    }

    /// The value of label `key`.
    pub fn label(&self, key: &str) -> Option<&str> {
        let at = self.labels.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
        self.labels.get(at).map(|(_, value)| &**value)
    }

    /// The owner that manages this object, if any (`controller: true`).
    pub fn controller(&self) -> Option<&OwnerRef> {
        self.owners.iter().find(|owner| owner.controller)
    }

    /// Compact bytes for the log and the state tables.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Heads are plain data without maps of odd keys: writing them cannot fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`Head::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

fn read_labels(meta: &Value) -> Vec<(Text, Text)> {
    let mut labels: Vec<(Text, Text)> = meta
        .get("labels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?.into())))
        .collect();
    labels.sort_unstable();
    labels
}

fn read_owners(meta: &Value) -> Vec<OwnerRef> {
    let owners = member_of(meta, "ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().filter_map(|owner| OwnerRef::deserialize(owner).ok()).collect()
}

fn read_texts(list: Option<&Value>) -> Vec<Text> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(Text::from).collect()
}

/// The first of `alternatives` that has a value; see [`crate::kind::Selectable::pointer`].
fn selected(object: &Value, alternatives: &str) -> Text {
    let mut alternatives = alternatives.split('|');
    let found = alternatives.find_map(|at| if at.starts_with('/') { scalar(place(object, at)?) } else { Some(at.into()) });
    found.unwrap_or_default()
}

fn scalar(value: &Value) -> Option<Text> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.as_str().into()),
        Value::Bool(flag) => Some(flag.to_string().into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}
