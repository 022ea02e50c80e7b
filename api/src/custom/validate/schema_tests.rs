//! Refusals of schemas.

use serde_json::{Value, json};

use super::schema::{self, Rest};
use crate::kind::validate::{Faults, Path};

fn faults_of(schema: Value) -> Vec<String> {
    let mut faults = Faults::default();
    schema::check(&json!({"openAPIV3Schema": schema}), false, Rest::default(), &Path::new("s"), &mut faults);
    let told = faults.into_errors();
    told.iter().map(|fault| fault.to_string().replace("s.openAPIV3Schema", "s")).collect()
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
            field(json!({"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": {"type": "string"}})),
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
    let found = faults_of(schema);
    for wanted in [
        "s.allOf[0].x-kubernetes-preserve-unknown-fields: Forbidden: must be false to be structural",
        "s.allOf[0].properties[b].x-kubernetes-validations: Forbidden: must be empty to be structural",
        "s.allOf[0].properties[l].x-kubernetes-list-map-keys: Forbidden: must be empty to be structural",
        "s.allOf[0].properties[l].x-kubernetes-list-type: Forbidden: must be undefined to be structural",
        "s.allOf[0].properties[m].x-kubernetes-map-type: Forbidden: must be undefined to be structural",
        "s.allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context",
    ] {
        assert!(found.iter().any(|fault| fault == wanted), "{wanted}: {found:#?}");
    }
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
    let item =
        json!({"type": "object", "nullable": true, "required": ["n"], "properties": {"n": {"type": "string", "nullable": true}}});
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
