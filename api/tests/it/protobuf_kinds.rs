//! Every built-in kind is read from protobuf with every field that has a tag.

use std::collections::BTreeSet;

use kontiki_api::kind::{Kinds, definition_of};
use kontiki_api::protobuf::decode;
use kontiki_api::schema::{Object, Scalar, Schema, definition};
use serde_json::{Map, Value, json};

use crate::protobuf_encoder::Encoder;

/// A value of `schema` with all that the table knows; `inside` are the definitions around it.
fn sample(schema: &Schema, encoder: &Encoder, inside: &[&str]) -> Option<Value> {
    Some(match schema {
        Schema::Object(object) if object.fields.is_empty() => json!({}),
        Schema::Object(object) => return structure(object, encoder, inside),
        Schema::Map(map) => json!({"key": sample(&map.values, encoder, inside)?}),
        Schema::List(list) => {
            let item = sample(&list.items, encoder, inside)?;
            json!([item, item])
        }
        Schema::Scalar(scalar) => match scalar {
            Scalar::String => "text".into(),
            Scalar::Bytes => "eHk=".into(),
            Scalar::Time => "2026-01-02T03:04:05Z".into(),
            Scalar::MicroTime => "2026-01-02T03:04:05.000006Z".into(),
            Scalar::Int32 | Scalar::Int64 => (-7).into(),
            Scalar::Number => 1.5.into(),
            Scalar::Bool => true.into(),
            Scalar::Quantity => "500m".into(),
            Scalar::IntOrString => "http".into(),
            Scalar::Any | Scalar::Open => json!({"any": [1, "x"]}),
        },
    })
}

fn structure(object: &Object, encoder: &Encoder, inside: &[&str]) -> Option<Value> {
    if inside.iter().filter(|name| **name == &*object.name).count() > 1 {
        return None;
    }
    let inside = [inside, &[&*object.name]].concat();
    let mut out = Map::new();
    fill(object, &object.name, encoder, &inside, &mut out);
    Some(Value::Object(out))
}

fn fill(object: &Object, message: &str, encoder: &Encoder, inside: &[&str], out: &mut Map<String, Value>) {
    for (_, word) in encoder.fields(message).unwrap_or_default() {
        if let Some(inner) = word.strip_prefix('-') {
            fill(object, inner, encoder, inside, out);
            continue;
        }
        let (name, either) = word.split_once('/').unwrap_or((word, ""));
        let one = || structure(object, encoder, inside);
        let value = match either {
            "list" => one().map(|schema| json!([schema, schema])),
            "flag" => one().or(Some(true.into())),
            "texts" => Some(json!({"a": ["x", "y"]})),
            _ => sample(&object.field(name).unwrap().schema, encoder, inside),
        };
        out.extend(value.map(|value| (name.to_owned(), value)));
    }
}

fn every_body() -> Vec<(String, String, String)> {
    let kinds = Kinds::builtin();
    let rows = kinds.iter().map(|row| (row.group.to_string(), row.version.to_string(), row.kind.to_string()));
    let subs = kinds.iter().flat_map(|row| &row.subresources).filter(|sub| !sub.kind.ends_with("Options"));
    let mut all: Vec<_> =
        rows.chain(subs.map(|sub| (sub.group.to_string(), sub.version.to_string(), sub.kind.to_string()))).collect();
    all.sort();
    all.dedup();
    all
}

/// Fields of `schema` and of all below it that the table has no tag for.
fn untagged(schema: &Schema, encoder: &Encoder, seen: &mut BTreeSet<String>, out: &mut BTreeSet<String>) {
    match schema {
        Schema::List(list) => untagged(&list.items, encoder, seen, out),
        Schema::Map(map) => untagged(&map.values, encoder, seen, out),
        Schema::Object(object) if seen.insert(object.name.to_string()) => {
            let tagged = names(&object.name, encoder);
            for field in &object.fields {
                if !tagged.contains(&*field.name) {
                    out.insert(format!("{}.{}", object.name, field.name));
                }
                untagged(&field.schema, encoder, seen, out);
            }
        }
        _ => {}
    }
}

/// The JSON names of a message's fields, those of fields shown in place included.
fn names<'a>(message: &str, encoder: &'a Encoder) -> BTreeSet<&'a str> {
    let fields = encoder.fields(message).unwrap_or_default().iter();
    fields
        .flat_map(|(_, word)| match word.strip_prefix('-') {
            Some(inner) => names(inner, encoder),
            None => BTreeSet::from([word.split('/').next().unwrap_or(word)]),
        })
        .collect()
}

#[test]
fn every_field_of_a_kind_has_a_tag() {
    let (encoder, mut seen, mut out) = (Encoder::new(), BTreeSet::new(), BTreeSet::new());
    for (group, version, kind) in every_body() {
        untagged(definition(&definition_of(&group, &version, &kind)).unwrap(), &encoder, &mut seen, &mut out);
    }
    out.retain(|field| !field.ends_with(".apiVersion") && !field.ends_with(".kind"));
    assert!(out.is_empty(), "without a tag: {out:#?}");
}

#[test]
fn every_kind_is_read_with_all_its_fields() {
    let encoder = Encoder::new();
    for (group, version, kind) in every_body() {
        let name = definition_of(&group, &version, &kind);
        assert!(encoder.fields(&name).is_some(), "{name} has no tags");
        let mut object = sample(definition(&name).unwrap(), &encoder, &[]).unwrap();
        object["apiVersion"] = if group.is_empty() { version.into() } else { format!("{group}/{version}").into() };
        object["kind"] = kind.into();
        let read = decode(&encoder.body(&object), None).unwrap_or_else(|status| panic!("{name}: {}", status.message));
        assert!(read == object, "{name}:\n{read}\n{object}");
    }
}

#[test]
fn options_are_read_in_the_group_of_what_they_are_for() {
    let encoder = Encoder::new();
    for api_version in ["v1", "apps/v1", "policy/v1"] {
        let options = json!({"apiVersion": api_version, "kind": "DeleteOptions", "gracePeriodSeconds": 0,
            "preconditions": {"uid": "u"}, "propagationPolicy": "Foreground"});
        assert_eq!(decode(&encoder.body(&options), None).unwrap(), options);
    }
}
