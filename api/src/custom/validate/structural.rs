//! The rules by which a schema is structural.

use kontiki_cel::compile_regex;
use serde_json::Value;

use super::paths::{flag, is_set, members, text};
use super::{junctors, lists, whole};
use crate::kind::validate::{Faults, Path};

/// Members that no schema may have.
const UNSUPPORTED: [&str; 7] = ["id", "$ref", "additionalItems", "patternProperties", "definitions", "dependencies", "$schema"];
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
const OBJECT: &str = "must be object if x-kubernetes-embedded-resource is true";
/// What a whole object has besides its own fields.
const META: [(&str, &str); 3] = [
    ("metadata", "must not be set in top-level metadata"),
    ("kind", "must not be set in top-level kind"),
    ("apiVersion", "must not be set in top-level apiVersion"),
];

/// Where in a schema a node is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Root,
    Field,
    Item,
}

/// What is known of the place of a node.
#[derive(Clone, Copy)]
struct Place {
    level: Level,
    /// It is about the type or the metadata of an object.
    in_meta: bool,
    /// Why there may be no default.
    no_default: Option<&'static str>,
}

impl Place {
    const ROOT: Self = Self { level: Level::Root, in_meta: false, no_default: None };

    /// Of the field `name` of `schema`, which is here.
    fn field(self, schema: &Value, name: &str) -> Self {
        let place = Self { level: Level::Field, ..self };
        let root = self.level == Level::Root;
        match META.iter().find(|(own, _)| *own == name && (root || flag(schema, "x-kubernetes-embedded-resource"))) {
            Some((_, why)) if root => Self { in_meta: true, no_default: Some(why), ..place },
            Some(_) => Self { in_meta: true, ..place },
            None => place,
        }
    }

    /// Of the other fields of a schema that is here.
    fn values(self) -> Self {
        let why = "must not be set inside additionalProperties applying to object metadata";
        Self { level: Level::Field, no_default: if self.in_meta { Some(why) } else { self.no_default }, ..self }
    }

    /// Of the items of a schema that is here.
    const fn items(self) -> Self {
        Self { level: Level::Item, ..self }
    }
}

/// Checks the root of a schema.
pub(super) fn root(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    for extension in ["x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"] {
        if flag(schema, extension) {
            faults.invalid(&path.child(extension), &true.into(), "must be false at the root");
        }
    }
    node(schema, Place::ROOT, path, faults);
}

fn node(schema: &Value, place: Place, path: &Path<'_>, faults: &mut Faults) {
    own_type(schema, place.level, path, faults);
    anywhere(schema, path, faults);
    extensions(schema, place, path, faults);
    lists::check(schema, path, faults);
    if place.level == Level::Root || flag(schema, "x-kubernetes-embedded-resource") {
        whole::check(schema, place.level, path, faults);
    }
    let properties = path.child("properties");
    for (name, inner) in members(schema, "properties") {
        node(inner, place.field(schema, name), &properties.key(name), faults);
    }
    additional(schema, place, path, faults);
    match schema.get("items") {
        Some(Value::Array(_)) => faults.forbidden(&path.child("items"), "items must be a schema object and not an array"),
        Some(items) => node(items, place.items(), &path.child("items"), faults),
        None if text(schema, "type") == "array" => faults.required(&path.child("items"), "must be specified"),
        None => {}
    }
    junctors::check(schema, path, faults);
}

/// Other fields than those that are listed.
fn additional(schema: &Value, place: Place, path: &Path<'_>, faults: &mut Faults) {
    let Some(additional) = schema.get("additionalProperties").filter(|additional| !additional.is_null()) else { return };
    let at = path.child("additionalProperties");
    if *additional != true && members(schema, "properties").next().is_some() {
        faults.forbidden(&at, "additionalProperties and properties are mutual exclusive");
    }
    if place.level == Level::Root {
        faults.forbidden(&at, "must not be used at the root");
    }
    if flag(schema, "x-kubernetes-embedded-resource") {
        faults.forbidden(&at, "must not be used if x-kubernetes-embedded-resource is set");
    }
    if additional.is_object() {
        node(additional, place.values(), &at, faults);
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
pub(super) fn anywhere(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    for name in UNSUPPORTED {
        if schema.get(name).is_some_and(|value| !value.is_null()) {
            faults.forbidden(&path.child(name), format!("{name} is not supported"));
        }
    }
    if flag(schema, "uniqueItems") {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        faults.forbidden(&path.child("uniqueItems"), why);
    }
    if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
        let at = path.child("x-kubernetes-preserve-unknown-fields");
        faults.invalid(&at, &false.into(), "must be true or undefined");
    }
    let pattern = text(schema, "pattern");
    if let Some(Err(why)) = Some(pattern).filter(|pattern| !pattern.is_empty()).map(compile_regex) {
        let why = format!("must be a valid regular expression, but isn't: error parsing regexp: {why}: `{pattern}`");
        faults.invalid_text(&path.child("pattern"), pattern, why);
    }
}

fn extensions(schema: &Value, place: Place, path: &Path<'_>, faults: &mut Faults) {
    if let Some(why) = place.no_default.filter(|_| is_set(schema, "default")) {
        faults.forbidden(&path.child("default"), why);
    }
    if place.in_meta && flag(schema, "x-kubernetes-embedded-resource") {
        faults.forbidden(&path.child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta");
    }
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
    if flag(schema, "x-kubernetes-int-or-string") && flag(schema, "x-kubernetes-embedded-resource") {
        let why = "must be false if x-kubernetes-int-or-string is true";
        faults.invalid(&path.child("x-kubernetes-embedded-resource"), &true.into(), why);
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
    fn int_or_string_may_be_written_in_two_ways_with_and_without_its_name() {
        let field = |schema: Value| json!({"type": "object", "properties": {"a": schema}});
        let (either, named) = (json!([{"type": "integer"}, {"type": "string"}]), "x-kubernetes-int-or-string");
        for schema in [
            json!({named: true, "anyOf": either}),
            json!({named: true, "allOf": [{"anyOf": either}, {"pattern": "^a"}]}),
            json!({"x-kubernetes-preserve-unknown-fields": true, "anyOf": either}),
            json!({"type": "string", "anyOf": either}),
            json!({"type": "string", "allOf": [{"anyOf": either, "maxLength": 5}]}),
        ] {
            assert_eq!(faults_of(field(schema.clone())), Vec::<String>::new(), "{schema}");
        }
        for schema in [
            json!({named: true, "anyOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({named: true, "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}),
            json!({named: true, "oneOf": either}),
            json!({named: true, "allOf": [{"pattern": "^a"}, {"anyOf": either}]}),
        ] {
            assert_eq!(faults_of(field(schema.clone())).len(), 2, "{schema}");
        }
    }

    #[test]
    fn what_has_no_effect_inside_junctors_is_refused() {
        let inner = json!({"properties": {"b": {"x-kubernetes-validations": [{"rule": "self == 'x'"}]},
            "l": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"]}, "m": {"x-kubernetes-map-type": "atomic"},
            "metadata": {}}, "x-kubernetes-preserve-unknown-fields": true});
        let item = json!({"type": "object", "properties": {"n": {"type": "string"}}});
        let schema = json!({"type": "object", "properties": {"metadata": {"type": "object"}, "b": {"type": "string"},
            "l": {"type": "array", "items": item}, "m": {"type": "object"}}, "allOf": [inner]});
        assert_eq!(
            faults_of(schema),
            [
                "s.allOf[0].x-kubernetes-preserve-unknown-fields: Forbidden: must be false to be structural",
                "s.allOf[0].properties[b].x-kubernetes-validations: Forbidden: must be empty to be structural",
                "s.allOf[0].properties[l].x-kubernetes-list-map-keys: Forbidden: must be empty to be structural",
                "s.allOf[0].properties[l].x-kubernetes-list-type: Forbidden: must be undefined to be structural",
                "s.allOf[0].properties[m].x-kubernetes-map-type: Forbidden: must be undefined to be structural",
                "s.allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context",
            ]
        );
    }

    #[test]
    fn type_and_metadata_are_the_same_for_all_objects() {
        let root = |name: &str, schema: Value| faults_of(json!({"type": "object", "properties": {name: schema}}));
        let embedded = json!({"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"kind": {"type": "integer"},
            "metadata": {"type": "object", "properties": {"labels": {"type": "object",
                "additionalProperties": {"type": "string", "default": "x"}}}}}});
        assert_eq!(
            root("a", embedded),
            [
                "s.properties[a].properties[kind].type: Invalid value: \"integer\": must be string",
                "s.properties[a].properties[metadata].properties[labels].additionalProperties.default: Forbidden: \
                 must not be set inside additionalProperties applying to object metadata",
            ]
        );
        let only = "Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified";
        let named = json!({"type": "object", "properties": {"name": {"type": "string", "pattern": "^a"}}});
        assert_eq!(root("metadata", named), Vec::<String>::new());
        for told in [json!({"description": "d"}), json!({"anyOf": [{"required": ["name"]}]}), json!({"nullable": true})] {
            let mut schema = json!({"type": "object"});
            schema.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
            assert_eq!(root("metadata", schema), [format!("s.properties[metadata]: {only}")]);
        }
        assert_eq!(
            root("apiVersion", json!({"type": "string", "default": "v1"})),
            ["s.properties[apiVersion].default: Forbidden: must not be set in top-level apiVersion"]
        );
        assert_eq!(root("kind", json!({"type": "object"})).len(), 1);
    }

    #[test]
    fn what_tells_items_apart_is_never_null() {
        let item = json!({"type": "object", "nullable": true, "required": ["n"], "properties": {"n": {"type": "string", "nullable": true}}});
        let list = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "items": item});
        assert_eq!(
            faults_of(json!({"type": "object", "properties": {"a": list}})),
            [
                "s.properties[a].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is map",
                "s.properties[a].items.properties[n].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it \
                 cannot be nullable",
            ]
        );
        let keep = "x-kubernetes-preserve-unknown-fields";
        let closed = json!({"type": "object", "properties": {"a": {"type": "object", keep: false}}});
        assert_eq!(faults_of(closed), [format!("s.properties[a].{keep}: Invalid value: false: must be true or undefined")]);
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
