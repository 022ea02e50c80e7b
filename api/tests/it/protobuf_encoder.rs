//! Writes objects as protobuf bodies: from the table of tags, as the decoder reads them.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::kind::definition_of;
use kontiki_api::schema::{Object, Scalar, Schema, definition};
use kontiki_api::time::Time;
use serde_json::{Map, Value};

const TABLE: &str = include_str!("../../data/protobuf-tags.txt");

/// Messages by their short names: tag and name of each field, with the marks of the table.
pub struct Encoder(HashMap<&'static str, Vec<(u64, &'static str)>>);

impl Encoder {
    pub fn new() -> Self {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        Self(
            lines
                .map(|line| line.split_once(' ').unwrap())
                .map(|(name, fields)| (name, fields.split(' ').map(field).collect()))
                .collect(),
        )
    }

    /// The fields of the message of the definition called `name`; `None` where the table has no such message.
    pub fn fields(&self, name: &str) -> Option<&[(u64, &'static str)]> {
        let short = self.0.keys().find(|short| name.ends_with(&format!(".{short}")) || name == **short)?;
        self.0.get(short).map(Vec::as_slice)
    }

    /// The body of a request that sends `object`.
    pub fn body(&self, object: &Value) -> Vec<u8> {
        let (api_version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let own = definition(&definition_of(group, version, kind));
        let schema = own.or_else(|| definition(&definition_of("meta.k8s.io", "v1", kind))).and_then(Schema::as_object).unwrap();
        let meta = [bytes(1, api_version), bytes(2, kind)].concat();
        let raw = self.message(object.as_object().unwrap(), schema, &schema.name);
        [b"k8s\0".to_vec(), bytes(1, meta), bytes(2, raw)].concat()
    }

    fn message(&self, map: &Map<String, Value>, schema: &Object, name: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for (tag, word) in self.fields(name).unwrap_or_default() {
            if let Some(inner) = word.strip_prefix('-') {
                let inner = self.message(map, schema, inner);
                out.extend(if inner.is_empty() { Vec::new() } else { bytes(*tag, inner) });
                continue;
            }
            let (name, either) = word.split_once('/').map_or((*word, None), |(name, either)| (name, Some(either)));
            let Some(value) = map.get(name) else { continue };
            out.extend(match either {
                Some(either) => self.either(*tag, value, either, schema),
                None => self.field(*tag, value, &schema.field(name).unwrap_or_else(|| panic!("{name}")).schema),
            });
        }
        out
    }

    fn field(&self, tag: u64, value: &Value, schema: &Schema) -> Vec<u8> {
        match (schema, value) {
            (Schema::List(list), Value::Array(items)) => {
                items.iter().flat_map(|item| self.single(tag, item, &list.items)).collect()
            }
            (Schema::Map(map), Value::Object(entries)) => {
                let entry =
                    |(key, value): (&String, &Value)| bytes(tag, [bytes(1, key), self.single(2, value, &map.values)].concat());
                entries.iter().flat_map(entry).collect()
            }
            _ => self.single(tag, value, schema),
        }
    }

    fn single(&self, tag: u64, value: &Value, schema: &Schema) -> Vec<u8> {
        match (schema, value) {
            (Schema::Object(object), Value::Object(map)) => bytes(tag, self.message(map, object, &object.name)),
            (Schema::Scalar(scalar), _) => self::scalar(tag, value, *scalar),
            (nested, _) => bytes(tag, self.field(1, value, nested)),
        }
    }

    /// One schema of two notations, of type `schema`.
    fn either(&self, tag: u64, value: &Value, either: &str, schema: &Object) -> Vec<u8> {
        let one = |value: &Value| self.message(value.as_object().unwrap(), schema, &schema.name);
        match (either, value) {
            ("texts", Value::Object(entries)) => entries
                .iter()
                .flat_map(|(key, value)| {
                    let texts: Vec<u8> = match value {
                        Value::Array(texts) => texts.iter().flat_map(|text| bytes(2, text.as_str().unwrap())).collect(),
                        schema => bytes(1, one(schema)),
                    };
                    bytes(tag, [bytes(1, key), bytes(2, texts)].concat())
                })
                .collect(),
            ("flag", Value::Bool(flag)) => bytes(tag, number(1, u64::from(*flag))),
            ("flag", schema) => bytes(tag, [number(1, 1), bytes(2, one(schema))].concat()),
            (_, Value::Array(schemas)) => {
                bytes(tag, schemas.iter().flat_map(|schema| bytes(2, one(schema))).collect::<Vec<u8>>())
            }
            (_, schema) => bytes(tag, bytes(1, one(schema))),
        }
    }
}

fn field(word: &'static str) -> (u64, &'static str) {
    let (tag, name) = word.split_at(word.find(|c: char| !c.is_ascii_digit()).unwrap());
    (tag.parse().unwrap(), name)
}

fn scalar(tag: u64, value: &Value, scalar: Scalar) -> Vec<u8> {
    let text = || value.as_str().unwrap_or_else(|| panic!("{value} is no text"));
    match scalar {
        Scalar::String => bytes(tag, text()),
        Scalar::Bytes => bytes(tag, STANDARD.decode(text()).unwrap()),
        Scalar::Int32 | Scalar::Int64 => number(tag, value.as_i64().unwrap().cast_unsigned()),
        Scalar::Bool => number(tag, u64::from(value.as_bool().unwrap())),
        Scalar::Number => [varint(tag << 3 | 1), value.as_f64().unwrap().to_le_bytes().to_vec()].concat(),
        Scalar::Quantity => bytes(tag, bytes(1, text())),
        Scalar::IntOrString => bytes(
            tag,
            match value {
                Value::String(text) => [number(1, 1), bytes(3, text)].concat(),
                whole => number(2, whole.as_i64().unwrap().cast_unsigned()),
            },
        ),
        Scalar::Time | Scalar::MicroTime => {
            let micros = Time::parse(text()).unwrap().as_micros();
            let nanos = micros.rem_euclid(1_000_000) * 1000;
            bytes(tag, [number(1, micros.div_euclid(1_000_000).cast_unsigned()), number(2, nanos.cast_unsigned())].concat())
        }
        Scalar::Any | Scalar::Open => bytes(tag, bytes(1, value.to_string())),
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
    out
}

fn bytes(tag: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [varint(tag << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn number(tag: u64, value: u64) -> Vec<u8> {
    [varint(tag << 3), varint(value)].concat()
}
