//! From `openAPIV3Schema` to the model.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::check_of;
use super::interner::Interner;
use super::model::{Additional, Format, Limits, Pattern, Structural, Type};
use crate::Text;
use crate::schema::ListType;

/// Compiles a schema that was found valid; what it does not say is left open.
pub fn compile(schema: &Value) -> Structural {
    node(schema, &mut Interner::default())
}

/// The node of `schema`: the same one for all that say the same, where those have no parts.
fn shared(schema: &Value, texts: &mut Interner) -> Arc<Structural> {
    let Some(said) = said(schema) else { return Arc::new(node(schema, texts)) };
    if let Some(known) = texts.node(&said) {
        return known;
    }
    let new = node(schema, texts);
    texts.keep(said, new)
}

/// What `schema` says, other than to people; `None` where it has parts.
fn said(schema: &Value) -> Option<String> {
    let mut said = String::new();
    for (name, value) in schema.as_object()?.iter().filter(|(name, _)| !matches!(name.as_str(), "description" | "title")) {
        if value.is_object() || value.is_array() {
            return None;
        }
        said.extend([name, "=", value.to_string().as_str(), ";"]);
    }
    Some(said)
}

fn node(schema: &Value, texts: &mut Interner) -> Structural {
    let empty = Map::new();
    let map = schema.as_object().unwrap_or(&empty);
    let flag = |name: &str| map.get(name).and_then(Value::as_bool).unwrap_or_default();
    let mut properties: Vec<(Text, Arc<Structural>)> =
        members(map, "properties").map(|(name, inner)| (texts.text(name), shared(inner, texts))).collect();
    properties.sort_by(|a, b| a.0.cmp(&b.0));
    let items = map.get("items").map(|items| shared(items, texts));
    let additional = match map.get("additionalProperties") {
        Some(Value::Bool(true)) => Additional::Anything,
        Some(Value::Bool(false)) => Additional::Refused,
        Some(inner @ Value::Object(_)) => Additional::Schema(shared(inner, texts)),
        _ => Additional::None,
    };
    let default = map.get("default").filter(|value| !value.is_null()).cloned().map(Box::new);
    let below = |has: fn(&Structural) -> bool| {
        let others = match &additional {
            Additional::Schema(inner) => Some(inner),
            _ => None,
        };
        properties.iter().map(|(_, inner)| inner).chain(&items).chain(others).any(|inner| has(inner))
    };
    let list_type = list_type(map);
    Structural {
        r#type: type_of(map),
        nullable: flag("nullable"),
        preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
        embedded: flag("x-kubernetes-embedded-resource"),
        int_or_string: flag("x-kubernetes-int-or-string"),
        has_defaults: default.is_some() || below(|inner| inner.has_defaults),
        has_embedded: flag("x-kubernetes-embedded-resource") || below(|inner| inner.has_embedded),
        has_keyed: list_type != ListType::Atomic || below(|inner| inner.has_keyed),
        properties: properties.into(),
        required: names(map, "required", texts),
        items,
        additional,
        list_type,
        keys: names(map, "x-kubernetes-list-map-keys", texts),
        default,
        limits: limits(map, texts),
    }
}

fn type_of(map: &Map<String, Value>) -> Type {
    match map.get("type").and_then(Value::as_str) {
        Some("object") => Type::Object,
        Some("array") => Type::Array,
        Some("integer") => Type::Integer,
        Some("number") => Type::Number,
        Some("boolean") => Type::Boolean,
        Some("string") => Type::String,
        _ => Type::Any,
    }
}

fn list_type(map: &Map<String, Value>) -> ListType {
    match map.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => ListType::Set,
        Some("map") => ListType::Map,
        _ => ListType::Atomic,
    }
}

/// The format of `map`, where upstream knows it for values of that type.
fn format(map: &Map<String, Value>) -> Option<&str> {
    let format = map.get("format").and_then(Value::as_str)?;
    let either = map.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true));
    let known = match type_of(map) {
        Type::Integer if !either => matches!(format, "int32" | "int64"),
        Type::Number if !either => matches!(format, "float" | "double"),
        Type::Object | Type::Array | Type::Boolean if !either => false,
        _ => check_of(format).is_some(),
    };
    known.then_some(format)
}

fn limits(map: &Map<String, Value>, texts: &mut Interner) -> Option<Box<Limits>> {
    const BOUNDS: [&str; 16] = [
        "format",
        "enum",
        "pattern",
        "maximum",
        "minimum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
    ];
    if !BOUNDS.iter().any(|name| map.contains_key(*name)) {
        return None;
    }
    let number = |name: &str| map.get(name).and_then(Value::as_f64);
    let count = |name: &str| map.get(name).and_then(Value::as_i64);
    let flag = |name: &str| map.get(name).and_then(Value::as_bool).unwrap_or_default();
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    Some(Box::new(Limits {
        format: format(map).map(|format| Format { name: texts.text(format), check: check_of(format) }),
        allowed: map.get("enum").and_then(Value::as_array).cloned().unwrap_or_default().into(),
        pattern: text("pattern").filter(|pattern| !pattern.is_empty()).map(|pattern| Pattern::new(texts.text(pattern))),
        maximum: number("maximum").map(|most| (most, flag("exclusiveMaximum"))),
        minimum: number("minimum").map(|least| (least, flag("exclusiveMinimum"))),
        multiple_of: number("multipleOf"),
        length: (count("minLength"), count("maxLength")),
        items: (count("minItems"), count("maxItems")),
        properties: (count("minProperties"), count("maxProperties")),
        all_of: nodes(map, "allOf", texts),
        any_of: nodes(map, "anyOf", texts),
        one_of: nodes(map, "oneOf", texts),
        not: map.get("not").map(|inner| Box::new(node(inner, texts))),
    }))
}

fn members<'a>(map: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    map.get(name).and_then(Value::as_object).into_iter().flatten()
}

fn names(map: &Map<String, Value>, name: &str, texts: &mut Interner) -> Box<[Text]> {
    let list = map.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(|text| texts.text(text)).collect()
}

fn nodes(map: &Map<String, Value>, name: &str, texts: &mut Interner) -> Box<[Structural]> {
    let list = map.get(name).and_then(Value::as_array).into_iter().flatten();
    list.map(|inner| node(inner, texts)).collect()
}
