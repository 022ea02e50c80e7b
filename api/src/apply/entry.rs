//! One entry of `metadata.managedFields`.

use serde_json::{Map, Value};

use super::Set;
use super::change::Change;
use super::fields_v1::{self, FieldsError};

const FIELDS_TYPE: &str = "FieldsV1";

/// How a manager came to its fields. Applied entries come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Operation {
    /// It applied them.
    Apply,
    /// It wrote them by any other verb.
    Update,
}

impl Operation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// One entry: a manager and what it owns.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The manager's name.
    pub manager: String,
    /// See [`Operation`].
    pub operation: Operation,
    /// The version that the fields are of.
    pub api_version: String,
    /// RFC 3339.
    pub time: Option<String>,
    /// The subresource through which the fields were written; empty for the object itself.
    pub subresource: String,
    fields: Fields,
}

/// Fields are read only when they are asked for: most writes leave most entries alone.
#[derive(Clone, Debug)]
enum Fields {
    Written(Value),
    Read(Set),
}

/// What is wrong with an entry that a client sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EntryError {
    #[error("operation must be `Apply` or `Update`")]
    Operation,
    #[error("apiVersion must not be empty")]
    Version,
    #[error("fieldsType must be `FieldsV1`")]
    FieldsType,
    #[error(transparent)]
    Fields(#[from] FieldsError),
}

impl Entry {
    /// A new entry.
    pub fn new(manager: &str, operation: Operation, api_version: &str, subresource: &str, set: Set) -> Self {
        Self {
            manager: manager.to_owned(),
            operation,
            api_version: api_version.to_owned(),
            time: None,
            subresource: subresource.to_owned(),
            fields: Fields::Read(set),
        }
    }

    /// The same, which owns `fields` as `FieldsV1` writes them.
    pub fn owning(self, fields: Map<String, Value>) -> Self {
        Self { fields: Fields::Written(Value::Object(fields)), ..self }
    }

    /// Reads an entry; its fields are read now only where `check` says so.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn read(mut json: Value, check: bool) -> Result<Self, EntryError> {
        let mut text = |name: &str| match json.get_mut(name).map(Value::take) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let operation = match text("operation").as_str() {
            "Apply" => Operation::Apply,
            "Update" => Operation::Update,
            _ => return Err(EntryError::Operation),
        };
        let (manager, api_version, subresource) = (text("manager"), text("apiVersion"), text("subresource"));
        let time = Some(text("time")).filter(|time| !time.is_empty());
        if api_version.is_empty() {
            return Err(EntryError::Version);
        }
        if text("fieldsType") != FIELDS_TYPE {
            return Err(EntryError::FieldsType);
        }
        let fields = json.get_mut("fieldsV1").map(Value::take).filter(|fields| !fields.is_null());
        let fields = fields.unwrap_or_else(|| Value::Object(Map::new()));
        let fields = if check { Fields::Read(fields_v1::read(&fields)?) } else { Fields::Written(fields) };
        Ok(Self { manager, operation, api_version, time, subresource, fields })
    }

    /// The entry as JSON.
    pub fn into_json(self) -> Value {
        let mut map = Map::with_capacity(7);
        map.insert("manager".into(), self.manager.into());
        map.insert("operation".into(), self.operation.as_str().into());
        map.insert("apiVersion".into(), self.api_version.into());
        if let Some(time) = self.time {
            map.insert("time".into(), time.into());
        }
        map.insert("fieldsType".into(), FIELDS_TYPE.into());
        let fields = match self.fields {
            Fields::Written(json) => json,
            Fields::Read(set) => fields_v1::write(&set),
        };
        map.insert("fieldsV1".into(), fields);
        if !self.subresource.is_empty() {
            map.insert("subresource".into(), self.subresource.into());
        }
        Value::Object(map)
    }

    /// Whether both are the same manager's: an applier has one entry whatever the version, an updater one for each.
    pub fn is_same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// What it has in common with those that are the same manager's.
    pub fn identity(&self) -> (&str, Operation, &str, &str) {
        let version = if self.operation == Operation::Apply { "" } else { &*self.api_version };
        (&self.manager, self.operation, &self.subresource, version)
    }

    /// The same as upstream writes it, by which it sorts managers.
    pub fn identifier(&self) -> String {
        let (manager, operation, subresource, version) = self.identity();
        let member = |name: &str, value: &str| {
            if value.is_empty() { String::new() } else { format!(",{name:?}:{}", Value::from(value)) }
        };
        let text = [
            member("manager", manager),
            member("operation", operation.as_str()),
            member("apiVersion", version),
            member("subresource", subresource),
        ];
        format!("{{{}}}", text.concat().trim_start_matches(','))
    }

    /// What it owns. Fields that cannot be read are none.
    pub fn set(&mut self) -> &mut Set {
        if let Fields::Written(json) = &self.fields {
            self.fields = Fields::Read(fields_v1::read(json).unwrap_or_default());
        }
        match &mut self.fields {
            Fields::Read(set) => set,
            Fields::Written(_) => unreachable!("read just before"),
        }
    }

    /// Whether it owns nothing.
    pub fn is_empty(&self) -> bool {
        match &self.fields {
            Fields::Written(json) => json.as_object().is_none_or(Map::is_empty),
            Fields::Read(set) => set.is_empty(),
        }
    }

    /// Whether `change` may take anything from it.
    pub fn is_touched(&self, change: &Change) -> bool {
        match &self.fields {
            Fields::Written(json) => fields_v1::touches(json, &change.written) || fields_v1::touches(json, &change.removed),
            Fields::Read(set) => set.touches(&change.written) || set.touches(&change.removed),
        }
    }

    /// Whether it owns all that `change` writes, and nothing that it removes.
    pub fn covers(&self, change: &Change) -> bool {
        match &self.fields {
            Fields::Written(json) => fields_v1::holds(json, &change.written) && !fields_v1::touches(json, &change.removed),
            Fields::Read(_) => false,
        }
    }
}
