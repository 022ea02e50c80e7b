//! What every schema keeps to, with the rules beside it.

use serde_json::Value;

use super::lists;
use super::paths::{flag, list, members, set, text};
use crate::custom::rules::{self, Place, Total};
use crate::kind::validate::{Faults, Path};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
/// Members that no schema may have, not even empty ones where they are marked so.
const UNSUPPORTED: [(&str, bool); 6] = [
    ("id", false),
    ("additionalItems", true),
    ("patternProperties", false),
    ("definitions", false),
    ("dependencies", true),
    ("$ref", true),
];

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// What is wrong with the schema.
    pub schema: Faults,
    /// What is wrong with rules of schemas without faults.
    pub rules: Faults,
    /// What all rules cost.
    pub total: Total,
    /// What single rules cost does not matter.
    pub suppress_cost: bool,
}

/// What is known of the place of a node.
#[derive(Clone, Copy, Default)]
struct Around<'p> {
    root: bool,
    /// Why there may be no default.
    no_default: Option<&'static str>,
    /// It is about the type or the metadata of an object.
    in_meta: bool,
    /// The outermost list or map whose parts cannot be told from one another when they change.
    uncorrelatable: Option<&'p Path<'p>>,
    /// How often it may be there, for rules; there are none where nothing is.
    place: Option<Place>,
}

/// Checks `document`, a root; its rules only where it is `sound`.
pub(super) fn check(document: &Value, sound: bool, path: &Path<'_>, found: &mut Found) {
    let place = sound.then_some(Place::ROOT);
    node(document, Around { root: true, place, ..Around::default() }, path, found);
}

fn node<'p>(schema: &Value, around: Around<'p>, path: &'p Path<'p>, found: &mut Found) {
    let before = found.schema.len();
    own(schema, around, path, &mut found.schema);
    let below = Around { root: false, place: around.place.map(|place| place.below(schema)), ..around };
    if let Some(additional) = set(schema, "additionalProperties") {
        let at = path.child("additionalProperties");
        if *additional != true && members(schema, "properties").next().is_some() {
            found.schema.forbidden(&at, "additionalProperties and properties are mutual exclusive");
        }
        if additional.is_object() {
            let why = "must not be set inside additionalProperties applying to object metadata";
            node(
                additional,
                Around { no_default: if around.in_meta { Some(why) } else { around.no_default }, ..below },
                &at,
                found,
            );
        }
    }
    let properties = path.child("properties");
    let map = if !matches!(text(schema, "x-kubernetes-map-type"), "" | "atomic" | "granular") {
        around.uncorrelatable.or(Some(path))
    } else {
        around.uncorrelatable
    };
    for (name, inner) in members(schema, "properties") {
        let field = Around { uncorrelatable: map, ..below }.field(schema, around.root, name);
        node(inner, field, &properties.key(name), found);
    }
    junctors(schema, Around { place: None, ..below }, path, found);
    let list = if text(schema, "x-kubernetes-list-type") == "map" {
        around.uncorrelatable
    } else {
        around.uncorrelatable.or(Some(path))
    };
    let item = Around { uncorrelatable: list, ..below };
    let at = path.child("items");
    match schema.get("items") {
        Some(Value::Array(items)) => {
            items.iter().enumerate().for_each(|(index, inner)| node(inner, item, &at.index(index), found))
        }
        Some(items) if items.is_object() => node(items, item, &at, found),
        _ => {}
    }
    let dependencies = path.child("dependencies");
    for (name, inner) in members(schema, "dependencies").filter(|(_, inner)| inner.is_object()) {
        node(inner, Around { place: None, ..below }, &dependencies.key(name), found);
    }
    if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
        found.schema.invalid(&path.child("x-kubernetes-preserve-unknown-fields"), &false.into(), "must be true or undefined");
    }
    lists::check(schema, path, &mut found.schema);
    rules::form(schema, path, &mut found.schema);
    if let Some(place) = around.place.filter(|_| found.schema.len() == before && !found.schema.is_full()) {
        let at =
            rules::At { place, root: around.root, uncorrelatable: around.uncorrelatable, suppress_cost: found.suppress_cost };
        rules::accept(schema, at, path, &mut found.total, &mut found.rules);
    }
}

impl Around<'_> {
    /// Of the field `name` of `schema`, which is here.
    fn field(self, schema: &Value, root: bool, name: &str) -> Self {
        let why = match name {
            "metadata" => "must not be set in top-level metadata",
            "kind" => "must not be set in top-level kind",
            "apiVersion" => "must not be set in top-level apiVersion",
            _ => return self,
        };
        match (root, flag(schema, "x-kubernetes-embedded-resource")) {
            (true, _) => Self { in_meta: true, no_default: Some(why), ..self },
            (false, true) => Self { in_meta: true, ..self },
            (false, false) => self,
        }
    }
}

fn junctors<'p>(schema: &Value, inside: Around<'p>, path: &'p Path<'p>, found: &mut Found) {
    if let Some(not) = set(schema, "not") {
        node(not, inside, &path.child("not"), found);
    }
    for junctor in ["allOf", "oneOf", "anyOf"] {
        let path = path.child(junctor);
        for (at, part) in list(schema, junctor).iter().enumerate() {
            node(part, inside, &path.index(at), found);
        }
    }
    let definitions = path.child("definitions");
    for (name, inner) in members(schema, "definitions") {
        node(inner, inside, &definitions.key(name), found);
    }
}

/// What a node says by itself.
fn own(schema: &Value, around: Around<'_>, path: &Path<'_>, faults: &mut Faults) {
    let kind = text(schema, "type");
    if !kind.is_empty() && !TYPES.contains(&kind) {
        faults.unsupported(&path.child("type"), kind, &TYPES);
    }
    if let Some(why) = around.no_default.filter(|_| set(schema, "default").is_some()) {
        faults.forbidden(&path.child("default"), why);
    }
    for (name, even_empty) in UNSUPPORTED {
        let filled = match schema.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => even_empty || !text.is_empty(),
            Some(Value::Object(map)) => even_empty || !map.is_empty(),
            Some(_) => true,
        };
        if filled {
            faults.forbidden(&path.child(name), format!("{name} is not supported"));
        }
    }
    if kind == "null" {
        faults.forbidden(&path.child("type"), "type cannot be set to null, use nullable as an alternative");
    }
    if !list(schema, "items").is_empty() {
        faults.forbidden(&path.child("items"), "items must be a schema object and not an array");
    }
    if around.in_meta && flag(schema, "x-kubernetes-embedded-resource") {
        faults.forbidden(&path.child("x-kubernetes-embedded-resource"), "must not be used inside of resource meta");
    }
    if flag(schema, "uniqueItems") {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        faults.forbidden(&path.child("uniqueItems"), why);
    }
}
