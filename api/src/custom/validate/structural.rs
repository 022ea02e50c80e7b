//! The rules by which a schema is structural.

use kontiki_cel::compile_regex;
use serde_json::Value;

use super::paths::{flag, list, members, text};
use crate::kind::validate::{Distinct, Faults, Path};

/// Members that no schema may have.
const UNSUPPORTED: [&str; 7] = ["id", "$ref", "additionalItems", "patternProperties", "definitions", "dependencies", "$schema"];
/// Members that only the schema outside of junctors may have.
const CORE: [&str; 9] = [
    "type",
    "additionalProperties",
    "default",
    "nullable",
    "title",
    "description",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
];
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
const OBJECT: &str = "must be object if x-kubernetes-embedded-resource is true";
const JUNCTORS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// Where in a schema a node is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Field,
    Item,
}

/// Checks the root of a schema.
pub(super) fn root(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    for extension in ["x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"] {
        if flag(schema, extension) {
            faults.invalid(&path.child(extension), &true.into(), "must be false at the root");
        }
    }
    let properties = path.child("properties");
    if let Some(metadata) = schema["properties"].get("metadata") {
        let only = members(metadata, "properties").all(|(name, _)| name == "name" || name == "generateName");
        let plain = metadata.as_object().is_some_and(|map| {
            map.keys().all(|name| {
                matches!(name.as_str(), "type" | "properties" | "description" | "title" | "anyOf" | "allOf" | "oneOf" | "not")
            })
        });
        if !only || !plain {
            let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
            faults.forbidden(&properties.key("metadata"), why);
        }
    }
    node(schema, Level::Root, path, faults);
}

fn node(schema: &Value, level: Level, path: &Path<'_>, faults: &mut Faults) {
    own_type(schema, level, path, faults);
    anywhere(schema, path, faults);
    extensions(schema, path, faults);
    let properties = path.child("properties");
    for (name, inner) in members(schema, "properties") {
        node(inner, Level::Field, &properties.key(name), faults);
    }
    additional(schema, level, path, faults);
    match schema.get("items") {
        Some(Value::Array(_)) => faults.forbidden(&path.child("items"), "items must be a schema object and not an array"),
        Some(items) => node(items, Level::Item, &path.child("items"), faults),
        None if text(schema, "type") == "array" => faults.required(&path.child("items"), "must be specified"),
        None => {}
    }
    for junctor in JUNCTORS {
        let path = path.child(junctor);
        for (at, part) in list(schema, junctor).iter().enumerate() {
            nested(part, schema, &path.index(at), faults);
        }
    }
    if let Some(not) = schema.get("not").filter(|not| not.is_object()) {
        nested(not, schema, &path.child("not"), faults);
    }
}

/// Other fields than those that are listed.
fn additional(schema: &Value, level: Level, path: &Path<'_>, faults: &mut Faults) {
    let Some(additional) = schema.get("additionalProperties").filter(|additional| !additional.is_null()) else { return };
    let at = path.child("additionalProperties");
    if *additional != true && members(schema, "properties").next().is_some() {
        faults.forbidden(&at, "additionalProperties and properties are mutual exclusive");
    }
    if level == Level::Root {
        faults.forbidden(&at, "must not be used at the root");
    }
    if flag(schema, "x-kubernetes-embedded-resource") {
        faults.forbidden(&at, "must not be used if x-kubernetes-embedded-resource is set");
    }
    if additional.is_object() {
        node(additional, Level::Field, &at, faults);
    }
}

/// What the type of one node has to be where it stands.
fn own_type(schema: &Value, level: Level, path: &Path<'_>, faults: &mut Faults) {
    let (kind, path) = (text(schema, "type"), path.child("type"));
    let open = flag(schema, "x-kubernetes-int-or-string") || flag(schema, "x-kubernetes-preserve-unknown-fields");
    let embedded = flag(schema, "x-kubernetes-embedded-resource");
    match (kind, level) {
        ("", _) if embedded => faults.required(&path, OBJECT),
        ("", Level::Root) if !open => faults.required(&path, "must not be empty at the root"),
        ("", Level::Field) if !open => faults.required(&path, "must not be empty for specified object fields"),
        ("", Level::Item) if !open => faults.required(&path, "must not be empty for specified array items"),
        ("", _) => {}
        ("object", Level::Root) => {}
        (_, Level::Root) => faults.invalid_text(&path, kind, "must be object at the root"),
        ("null", _) => faults.forbidden(&path, "type cannot be set to null, use nullable as an alternative"),
        _ => {
            if !TYPES.contains(&kind) {
                faults.unsupported(&path, kind, &TYPES);
            } else if flag(schema, "x-kubernetes-int-or-string") {
                faults.invalid_text(&path, kind, "must be empty if x-kubernetes-int-or-string is true");
            } else if embedded && kind != "object" {
                faults.invalid_text(&path, kind, OBJECT);
            }
        }
    }
}

/// What holds for every node, inside junctors as well.
fn anywhere(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    for name in UNSUPPORTED {
        if schema.get(name).is_some_and(|value| !value.is_null()) {
            faults.forbidden(&path.child(name), format!("{name} is not supported"));
        }
    }
    if flag(schema, "uniqueItems") {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        faults.forbidden(&path.child("uniqueItems"), why);
    }
    let pattern = text(schema, "pattern");
    if let Some(Err(why)) = Some(pattern).filter(|pattern| !pattern.is_empty()).map(compile_regex) {
        let why = format!("must be a valid regular expression, but isn't: error parsing regexp: {why}: `{pattern}`");
        faults.invalid_text(&path.child("pattern"), pattern, why);
    }
}

fn extensions(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    if flag(schema, "x-kubernetes-embedded-resource")
        && !flag(schema, "x-kubernetes-preserve-unknown-fields")
        && members(schema, "properties").next().is_none()
    {
        let why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        faults.required(&path.child("properties"), why);
    }
    if flag(schema, "x-kubernetes-int-or-string") && flag(schema, "x-kubernetes-preserve-unknown-fields") {
        let why = "must be false if x-kubernetes-int-or-string is true";
        faults.invalid(&path.child("x-kubernetes-preserve-unknown-fields"), &true.into(), why);
    }
    if let Some(kind) = schema.get("x-kubernetes-map-type").and_then(Value::as_str) {
        let at = path.child("x-kubernetes-map-type");
        if !matches!(kind, "atomic" | "granular") {
            faults.unsupported(&at, kind, &["atomic", "granular"]);
        } else if text(schema, "type") != "object" {
            faults.invalid_text(
                &path.child("type"),
                text(schema, "type"),
                "must be object if x-kubernetes-map-type is specified",
            );
        }
    }
    if let Some(kind) = schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        if text(schema, "type") != "array" {
            faults.invalid_text(
                &path.child("type"),
                text(schema, "type"),
                "must be array if x-kubernetes-list-type is specified",
            );
        }
        match kind {
            "atomic" => {}
            "set" => set_items(&schema["items"], &path.child("items"), faults),
            "map" => keys(schema, path, faults),
            other => faults.unsupported(&path.child("x-kubernetes-list-type"), other, &["atomic", "set", "map"]),
        }
    }
    let keys = list(schema, "x-kubernetes-list-map-keys");
    if !keys.is_empty() && text(schema, "x-kubernetes-list-type") != "map" {
        let why = "must be map if x-kubernetes-list-map-keys is non-empty";
        faults.invalid_text(&path.child("x-kubernetes-list-type"), text(schema, "x-kubernetes-list-type"), why);
    }
}

fn set_items(items: &Value, path: &Path<'_>, faults: &mut Faults) {
    if flag(items, "nullable") {
        let why = "cannot be nullable when x-kubernetes-list-type is set";
        faults.forbidden(&path.child("nullable"), why);
    }
    let atomic = match text(items, "type") {
        "object" => text(items, "x-kubernetes-map-type") == "atomic",
        "array" => matches!(text(items, "x-kubernetes-list-type"), "" | "atomic"),
        _ => true,
    };
    if !atomic {
        let field = if text(items, "type") == "object" { "x-kubernetes-map-type" } else { "x-kubernetes-list-type" };
        faults.invalid_text(
            &path.child(field),
            text(items, field),
            "must be atomic as item of a list with x-kubernetes-list-type=set",
        );
    }
}

fn keys(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (keys, items) = (list(schema, "x-kubernetes-list-map-keys"), &schema["items"]);
    let path = (path.child("x-kubernetes-list-map-keys"), path.child("items"));
    if keys.is_empty() {
        faults.required(&path.0, "must not be empty if x-kubernetes-list-type is map");
    }
    if text(items, "type") != "object" {
        let why = "must be object if parent array's x-kubernetes-list-type is map";
        faults.invalid_text(&path.1.child("type"), text(items, "type"), why);
    }
    let (required, properties) = (list(items, "required"), path.1.child("properties"));
    let required: Distinct<&Value> = required.iter().collect();
    let (mut known, mut repeated) = (Distinct::default(), Distinct::default());
    for key in keys.iter().filter(|key| known.repeats(*key)) {
        repeated.repeats(key);
    }
    for (at, key) in keys.iter().enumerate() {
        let name = key.as_str().unwrap_or_default();
        let Some(property) = items["properties"].get(name) else {
            faults.invalid_text(&path.0.index(at), name, "entries must all be names of item properties");
            continue;
        };
        let at = properties.key(name);
        if matches!(text(property, "type"), "array" | "object") {
            faults.invalid_text(
                &at.child("type"),
                text(property, "type"),
                "must be a scalar type if parent array's x-kubernetes-list-type is map",
            );
        }
        if !required.has(&key) && property.get("default").is_none() {
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            faults.required(&at.child("default"), why);
        }
        if repeated.has(&key) {
            faults.duplicate(&path.0, key);
        }
    }
}

/// A part of a junctor bounds values of the schema around it, and adds nothing.
fn nested(schema: &Value, core: &Value, path: &Path<'_>, faults: &mut Faults) {
    anywhere(schema, path, faults);
    // The usual way to write int-or-string is allowed.
    let int_or_string = flag(core, "x-kubernetes-int-or-string");
    for name in CORE {
        let set = schema.get(name).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
        if set && !(int_or_string && name == "type") {
            faults.forbidden(&path.child(name), "must be empty to be structural");
        }
    }
    let properties = path.child("properties");
    for (name, inner) in members(schema, "properties") {
        match core["properties"].get(name).or_else(|| core.get("additionalProperties").filter(|inner| inner.is_object())) {
            Some(own) => nested(inner, own, &properties.key(name), faults),
            None if flag(core, "x-kubernetes-preserve-unknown-fields") => {}
            None => faults.required(&properties.key(name), "must be defined outside of the junctor as well, to be structural"),
        }
    }
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        nested(items, &core["items"], &path.child("items"), faults);
    }
    for junctor in JUNCTORS {
        let path = path.child(junctor);
        for (at, part) in list(schema, junctor).iter().enumerate() {
            nested(part, core, &path.index(at), faults);
        }
    }
    if let Some(not) = schema.get("not").filter(|not| not.is_object()) {
        nested(not, core, &path.child("not"), faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults_of(schema: Value) -> Vec<String> {
        let mut faults = Faults::default();
        root(&schema, &Path::new("s"), &mut faults);
        faults.into_errors().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_structural_is_told() {
        let field = |schema: Value| json!({"type": "object", "properties": {"a": schema}});
        for (schema, wanted) in [
            (json!({}), "s.type: Required value: must not be empty at the root"),
            (json!({"type": "string"}), "s.type: Invalid value: \"string\": must be object at the root"),
            (field(json!({})), "s.properties[a].type: Required value: must not be empty for specified object fields"),
            (field(json!({"type": "array"})), "s.properties[a].items: Required value: must be specified"),
            (field(json!({"type": "string", "pattern": "("})), "must be a valid regular expression"),
            (field(json!({"type": "string", "$ref": "#/x"})), "s.properties[a].$ref: Forbidden: $ref is not supported"),
            (
                field(json!({"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": false})),
                "s.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
            ),
            (
                field(
                    json!({"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
                ),
                "additionalProperties and properties are mutual exclusive",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                "s.additionalProperties: Forbidden: must not be used at the root",
            ),
            (
                field(json!({"x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true})),
                "s.properties[a].type: Required value: must be object if x-kubernetes-embedded-resource is true",
            ),
            (
                field(json!({"type": "string", "allOf": [{"type": "string"}]})),
                "s.properties[a].allOf[0].type: Forbidden: must be empty to be structural",
            ),
            (
                field(json!({"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"})),
                "s.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
            ),
            (
                json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}}}),
                "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName",
            ),
        ] {
            let found = faults_of(schema);
            assert!(found.iter().any(|fault| fault.contains(wanted)), "{wanted}: {found:#?}");
        }
        let fine = json!({"type": "object", "properties": {
            "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
        }});
        assert_eq!(faults_of(fine), Vec::<String>::new());
    }

    #[test]
    fn what_upstream_takes_is_taken() {
        let field = |schema: Value| json!({"type": "object", "properties": {"a": schema}});
        let keep = "x-kubernetes-preserve-unknown-fields";
        for schema in [
            json!({keep: true}),
            field(json!({keep: true})),
            field(json!({"type": "array", keep: true, "items": {"type": "object"}})),
            field(json!({"type": "array", "items": {keep: true}})),
            field(json!({"type": "string", keep: true})),
            field(json!({"x-kubernetes-int-or-string": true})),
            field(json!({"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": true})),
            field(json!({"type": "object", "additionalProperties": false})),
            field(json!({"type": "string", "pattern": ""})),
        ] {
            assert_eq!(faults_of(schema.clone()), Vec::<String>::new(), "{schema}");
        }
    }

    #[test]
    fn patterns_are_those_of_re2() {
        let field = |pattern: &str| json!({"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}});
        for pattern in [
            r"^[\w][\w.-]{0,127}$",
            r"^\w(([\w-.]+)?\w)?$",
            r"^arn:aws:[\w+=,.@-]{1,64}$",
            r"^\{\{[a-z]+}}$",
            "^{{[a-z]+}}$",
            "^[[a]+$",
        ] {
            assert_eq!(faults_of(field(pattern)), Vec::<String>::new(), "{pattern}");
        }
        let found = faults_of(field(r"((a{1000}){1000}){1000}"));
        assert!(found[0].contains("must be a valid regular expression, but isn't: error parsing regexp: "), "{found:?}");
    }
}
