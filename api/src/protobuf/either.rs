//! Types of Go that JSON writes as one of two things.

use serde_json::{Map, Value};

use super::decoder::message;
use super::room::Room;
use super::wire::{Fields, Wire, WireError, find};
use crate::schema::Object;

/// What such a type is, besides one schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Either {
    /// A list of schemas: `{schema = 1, jSONSchemas = 2}`.
    List,
    /// A flag: `{allows = 1, schema = 2}`.
    Flag,
    /// Values of a map, each a list of texts: `{schema = 1, property = 2}`.
    Texts,
}

impl Either {
    /// The kind that the table of tags calls `name`.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "list" => Some(Self::List),
            "flag" => Some(Self::Flag),
            "texts" => Some(Self::Texts),
            _ => None,
        }
    }

    /// Adds one occurrence of field `name`, whose schemas are those of `schema`.
    pub fn add(
        self,
        wire: Wire<'_>,
        schema: &Object,
        name: &str,
        out: &mut Map<String, Value>,
        room: Room<'_>,
    ) -> Result<(), WireError> {
        if self != Self::Texts {
            out.insert(name.into(), self.value(wire.bytes()?, schema, room)?);
            return Ok(());
        }
        let entry = wire.bytes()?;
        let key = find(entry, 1)?.map(Wire::text).transpose()?.unwrap_or_default();
        let value = find(entry, 2)?.map(Wire::bytes).transpose()?.unwrap_or_default();
        let value = self.value(value, schema, room.inner())?;
        let entries = out.entry(name).or_insert_with(|| Value::Object(Map::new()));
        entries.as_object_mut().into_iter().for_each(|entries| drop(entries.insert(key.into(), value.clone())));
        Ok(())
    }

    fn value(self, bytes: &[u8], schema: &Object, room: Room<'_>) -> Result<Value, WireError> {
        let (mut one, mut flag, mut many) = (None, false, Vec::new());
        for field in Fields(bytes) {
            room.spend(1)?;
            match (self, field?) {
                (Self::Flag, (1, wire)) => flag = wire.int()? != 0,
                (Self::Flag, (2, wire)) | (Self::List | Self::Texts, (1, wire)) => one = Some(object(wire, schema, room)?),
                (Self::List, (2, wire)) => many.push(object(wire, schema, room)?),
                (Self::Texts, (2, wire)) => many.push(wire.text()?.into()),
                _ => {}
            }
        }
        Ok(match (self, one) {
            (_, Some(schema)) => schema,
            (Self::Flag, None) => flag.into(),
            (_, None) => many.into(),
        })
    }
}

fn object(wire: Wire<'_>, schema: &Object, room: Room<'_>) -> Result<Value, WireError> {
    let mut out = Map::new();
    message(wire.bytes()?, schema, &mut out, room.inner())?;
    Ok(Value::Object(out))
}
