//! From a body to an object.

use serde_json::{Map, Value};

use super::messages::{Meaning, Tags, inline_tags, tags};
use super::room::{Room, nests_deeper, room_for};
use super::scalar;
use super::wire::{Fields, Wire, WireError, find};
use crate::decode::is_former;
use crate::kind::definition_of;
use crate::schema::{self, Field, Object, Scalar, Schema, definition};
use crate::status::{Reason, Status};

/// How every body begins.
pub(super) const MAGIC: &[u8] = b"k8s\0";

/// Most values of a body, as of one in JSON.
const MAX_VALUES: usize = 100_000;
/// Deepest nesting of lists and objects, as of a body in JSON: messages nest less than what they stand for, and may hold JSON.
const MAX_LEVELS: usize = 100;

/// Reads a body of media type `application/vnd.kubernetes.protobuf` into the JSON object it stands
/// for, with `apiVersion` and `kind`: those of `expected` where it does not say them. Fields of newer versions are left out, as upstream does.
///
/// # Errors
/// 400 for bytes that are no such body or a kind without a table of tags, 413 for too many values.
pub fn decode(bytes: &[u8], expected: Option<(&str, &str)>) -> Result<Value, Status> {
    let refuse = |why: &str| Status::bad_request(format!("the body is no valid application/vnd.kubernetes.protobuf: {why}"));
    let envelope = bytes.strip_prefix(MAGIC).ok_or_else(|| refuse("it does not begin with the prefix k8s\\0"))?;
    let object = unknown(envelope, expected, Room::new(&room_for(MAX_VALUES))).map_err(|error| match error {
        WireError::Values => Status::new(Reason::RequestEntityTooLarge, format!("the body holds more than {MAX_VALUES} values")),
        _ => refuse(&error.to_string()),
    })?;
    let object = object.ok_or_else(|| refuse("its kind is not known in this form"))?;
    if nests_deeper(&object, MAX_LEVELS) { Err(refuse(&format!("it nests deeper than {MAX_LEVELS} levels"))) } else { Ok(object) }
}

/// Reads a `runtime.Unknown`: `{typeMeta = 1 {apiVersion = 1, kind = 2}, raw = 2}`.
pub(super) fn unknown(envelope: &[u8], expected: Option<(&str, &str)>, room: Room<'_>) -> Result<Option<Value>, WireError> {
    let meta = find(envelope, 1)?.map(Wire::bytes).transpose()?.unwrap_or_default();
    let text = |tag| Ok(find(meta, tag)?.map(Wire::text).transpose()?.unwrap_or_default());
    let (mut api_version, mut kind) = (text(1)?, text(2)?);
    if let ("", "", Some(expected)) = (api_version, kind, expected) {
        (api_version, kind) = expected;
    }
    let raw = find(envelope, 2)?.map(Wire::bytes).transpose()?.unwrap_or_default();
    let Some(schema) = schema_of(api_version, kind) else { return Ok(None) };
    let mut object = Map::new();
    object.insert("apiVersion".into(), api_version.into());
    object.insert("kind".into(), kind.into());
    message(raw, schema, &mut object, room)?;
    Ok(Some(Value::Object(object)))
}

fn schema_of(api_version: &str, kind: &str) -> Option<&'static Object> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let version = if is_former(api_version, kind) { "v1" } else { version };
    let own = definition(&definition_of(group, version, kind));
    // Options are of all groups.
    let schema = own.or_else(|| definition(&definition_of("meta.k8s.io", "v1", kind)))?.as_object()?;
    tags(&schema.name).map(|_| schema)
}

/// Adds the fields of a message of `object`'s definition to `out`.
pub(super) fn message(bytes: &[u8], object: &Object, out: &mut Map<String, Value>, room: Room<'_>) -> Result<(), WireError> {
    let Some(tags) = tags(&object.name) else { return Ok(()) };
    fields(bytes, tags, object, out, room)
}

fn fields(bytes: &[u8], tags: &Tags, object: &Object, out: &mut Map<String, Value>, room: Room<'_>) -> Result<(), WireError> {
    room.check()?;
    let meaning = |tag| tags.binary_search_by_key(&tag, |(tag, _)| *tag).ok().and_then(|at| tags.get(at));
    let says_nothing = |tag, wire: Wire<'_>| match meaning(tag) {
        Some((_, Meaning::Field(name))) if wire.is_zero() => object.field(name).is_none_or(Field::is_nothing_at_zero),
        Some(_) => false,
        None => true,
    };
    room.expect(bytes, says_nothing)?;
    for field in Fields(bytes) {
        let (tag, wire) = field?;
        if says_nothing(tag, wire) {
            room.pass()?;
            if let Some((_, Meaning::Field(name))) = meaning(tag) {
                out.shift_remove(*name);
            }
            continue;
        }
        room.spend(1)?;
        match meaning(tag) {
            None => {}
            Some((_, Meaning::Inline(name))) => {
                if let Some(tags) = inline_tags(name) {
                    fields(wire.bytes()?, tags, object, out, room.inner())?;
                }
            }
            Some((_, Meaning::Either(name, either))) => either.add(wire, object, name, out, room)?,
            Some((_, Meaning::Field(name))) => {
                let Some(field) = object.field(name) else { continue };
                add(wire, &field.schema, name, out, room)?;
                if out.get(*name).is_some_and(|value| value.is_null() || field.says_nothing(value)) {
                    out.shift_remove(*name);
                }
            }
        }
    }
    Ok(())
}

/// Adds one occurrence of a field: lists and maps grow, anything else is replaced.
fn add(wire: Wire<'_>, schema: &Schema, name: &str, out: &mut Map<String, Value>, room: Room<'_>) -> Result<(), WireError> {
    match schema {
        Schema::List(list) => {
            let Value::Array(items) = out.entry(name).or_insert_with(|| Value::Array(Vec::new())) else { return Ok(()) };
            match (&*list.items, wire) {
                // Numbers may lie together in one field.
                (numbers @ Schema::Scalar(Scalar::Int32 | Scalar::Int64 | Scalar::Bool), Wire::Bytes(bytes)) => {
                    let mut packed = Fields(bytes);
                    while !packed.0.is_empty() {
                        room.spend(1)?;
                        items.push(value(Wire::Varint(packed.varint()?), numbers, room)?);
                    }
                }
                (schema, wire) => items.push(value(wire, schema, room)?),
            }
        }
        Schema::Map(map) => {
            let (key, entry) = entry(wire.bytes()?, map, room)?;
            if let Value::Object(entries) = out.entry(name).or_insert_with(|| Value::Object(Map::new())) {
                entries.insert(key, entry);
            }
        }
        single => drop(out.insert(name.into(), value(wire, single, room)?)),
    }
    Ok(())
}

fn value(wire: Wire<'_>, schema: &Schema, room: Room<'_>) -> Result<Value, WireError> {
    match schema {
        Schema::Scalar(scalar) => scalar::value(*scalar, wire, room),
        Schema::Object(object) => {
            let mut out = Map::new();
            message(wire.bytes()?, object, &mut out, room.inner())?;
            Ok(Value::Object(out))
        }
        // A list or map inside a list or map is a message with the one repeated field 1.
        nested @ (Schema::List(_) | Schema::Map(_)) => {
            let mut out = Map::new();
            for field in Fields(wire.bytes()?) {
                room.spend(1)?;
                if let (1, item) = field? {
                    add(item, nested, "items", &mut out, room.inner())?;
                }
            }
            Ok(out.shift_remove("items").unwrap_or_else(|| Value::Array(Vec::new())))
        }
    }
}

/// `{key = 1, value = 2}`.
fn entry(bytes: &[u8], map: &schema::Map, room: Room<'_>) -> Result<(String, Value), WireError> {
    let key = find(bytes, 1)?.map(Wire::text).transpose()?.unwrap_or_default();
    let wire = find(bytes, 2)?.unwrap_or(Wire::Bytes(&[]));
    Ok((key.into(), value(wire, &map.values, room.inner())?))
}
