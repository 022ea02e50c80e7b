//! The document as `openapi.v2.Document` of the gnostic project, which clients of Go read.
//!
//! Its maps are lists of `{name = 1, value = 2}`, its unions messages with one field, its extensions
//! YAML, of which JSON is a part.

use serde_json::{Map, Value};

use super::message::Message;

/// The protobuf form of `document`, an OpenAPI v2 document.
pub fn v2_protobuf(document: &Value) -> Vec<u8> {
    let mut info = Message::default();
    info.text(1, text(&document["info"], "title")).text(2, text(&document["info"], "version"));
    let mut out = Message::default();
    out.text(1, text(document, "swagger"));
    out.message(2, &info);
    out.message(8, &named(2, &document["paths"], path_item));
    out.message(9, &named(1, &document["definitions"], schema));
    for requirement in list(document, "security") {
        out.message(
            12,
            &named(1, requirement, |names| {
                let mut names_out = Message::default();
                for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    names_out.text(1, name);
                }
                names_out
            }),
        );
    }
    out.message(
        13,
        &named(1, &document["securityDefinitions"], |key| {
            let mut own = Message::default();
            own.text(1, text(key, "type")).text(2, text(key, "name")).text(3, text(key, "in")).text(4, text(key, "description"));
            wrapped(2, &own)
        }),
    );
    out.into_bytes()
}

fn path_item(item: &Value) -> Message {
    let mut out = Message::default();
    for (tag, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (6, "options"), (7, "head"), (8, "patch")] {
        if let Some(operation_value) = item.get(method) {
            out.message(tag, &operation(operation_value));
        }
    }
    for each in list(item, "parameters") {
        out.message(9, &wrapped(1, &parameter(each)));
    }
    out
}

fn operation(operation: &Value) -> Message {
    let mut out = Message::default();
    texts(operation, "tags", 1, &mut out);
    out.text(3, text(operation, "description")).text(5, text(operation, "operationId"));
    texts(operation, "produces", 6, &mut out);
    texts(operation, "consumes", 7, &mut out);
    for each in list(operation, "parameters") {
        out.message(8, &wrapped(1, &parameter(each)));
    }
    out.message(9, &named(1, &operation["responses"], response));
    texts(operation, "schemes", 10, &mut out);
    extensions(operation, 13, &mut out);
    out
}

fn response(response: &Value) -> Message {
    let mut out = Message::default();
    out.text(1, text(response, "description"));
    if let Some(answer) = response.get("schema") {
        out.message(2, &wrapped(1, &schema(answer)));
    }
    wrapped(1, &out)
}

/// A parameter of the body, or of the query or the path.
fn parameter(parameter: &Value) -> Message {
    let mut out = Message::default();
    let required = parameter["required"] == true;
    match text(parameter, "in") {
        "body" => {
            out.text(1, text(parameter, "description")).text(2, text(parameter, "name")).text(3, "body").flag(4, required);
            out.message(5, &schema(&parameter["schema"]));
            wrapped(1, &out)
        }
        place => {
            let unique = parameter["uniqueItems"] == true;
            out.flag(1, required).text(2, place).text(3, text(parameter, "description")).text(4, text(parameter, "name"));
            // Query parameters have one more field than those of the path.
            let (kind, one_more) = if place == "path" { (4, 0) } else { (3, 1) };
            out.text(5 + one_more, text(parameter, "type")).flag(19 + one_more, unique);
            wrapped(2, &wrapped(kind, &out))
        }
    }
}

fn schema(schema_value: &Value) -> Message {
    let mut out = Message::default();
    for (tag, name) in [(1, "$ref"), (2, "format"), (3, "title"), (4, "description"), (13, "pattern")] {
        out.text(tag, text(schema_value, name));
    }
    for (tag, name) in [(6, "multipleOf"), (7, "maximum"), (9, "minimum")] {
        out.double(tag, schema_value.get(name).and_then(Value::as_f64).unwrap_or_default());
    }
    for (tag, name) in [(8, "exclusiveMaximum"), (10, "exclusiveMinimum"), (16, "uniqueItems")] {
        out.flag(tag, schema_value.get(name) == Some(&Value::Bool(true)));
    }
    for (tag, name) in
        [(11, "maxLength"), (12, "minLength"), (14, "maxItems"), (15, "minItems"), (17, "maxProperties"), (18, "minProperties")]
    {
        out.number(tag, schema_value.get(name).and_then(Value::as_u64).unwrap_or_default());
    }
    for (tag, name) in [(5, "default"), (30, "example")] {
        if let Some(value) = schema_value.get(name) {
            out.message(tag, &any(value));
        }
    }
    texts(schema_value, "required", 19, &mut out);
    for value in list(schema_value, "enum") {
        out.message(20, &any(value));
    }
    inner(schema_value, &mut out);
    extensions(schema_value, 31, &mut out);
    out
}

/// The schemas inside a schema.
fn inner(of: &Value, out: &mut Message) {
    match of.get("additionalProperties") {
        Some(Value::Bool(flag)) => drop(out.message(21, Message::default().flag(2, *flag))),
        Some(values) => drop(out.message(21, &wrapped(1, &schema(values)))),
        None => {}
    }
    if let Some(name) = of.get("type").and_then(Value::as_str) {
        out.message(22, Message::default().text(1, name));
    }
    if let Some(items) = of.get("items") {
        out.message(23, &wrapped(1, &schema(items)));
    }
    for part in list(of, "allOf") {
        out.message(24, &schema(part));
    }
    if let Some(properties) = of.get("properties") {
        out.message(25, &named(1, properties, schema));
    }
}

/// A map, each member at `tag`.
fn named(tag: u32, map: &Value, write: fn(&Value) -> Message) -> Message {
    let mut out = Message::default();
    for (name, value) in map.as_object().unwrap_or(&Map::new()) {
        let mut member = Message::default();
        member.text(1, name).message(2, &write(value));
        out.message(tag, &member);
    }
    out
}

/// A message whose one field `tag` is `message`.
fn wrapped(tag: u32, message: &Message) -> Message {
    let mut out = Message::default();
    out.message(tag, message);
    out
}

fn extensions(value: &Value, tag: u32, out: &mut Message) {
    for (name, value) in value.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("x-")) {
        let mut extension = Message::default();
        extension.text(1, name).message(2, &any(value));
        out.message(tag, &extension);
    }
}

/// Any value, as YAML.
fn any(value: &Value) -> Message {
    let mut out = Message::default();
    out.text(2, &format!("{value}\n"));
    out
}

fn texts(value: &Value, name: &str, tag: u32, out: &mut Message) {
    for text in list(value, name).iter().filter_map(Value::as_str) {
        out.text(tag, text);
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
