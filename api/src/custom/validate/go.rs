//! Parts of a definition as upstream shows them in refusals: the fields of its own structs, by their names there.

use std::fmt::Write;

use serde_json::Value;

use super::paths::{flag, set, text};
use super::shared::Shared;
use crate::go;

/// Kinds of fields of the schema's struct.
#[derive(Clone, Copy)]
enum Of {
    Text,
    Flag,
    /// Anything, or nothing.
    Any,
    Schema,
    Schemas,
    Map,
    Items,
    Bool,
    Dependencies,
    Docs,
    Rules,
}

/// The fields of a schema: their names in upstream's struct and in JSON.
const SCHEMA: [(&str, &str, Of); 44] = [
    ("ID", "id", Of::Text),
    ("Schema", "$schema", Of::Text),
    ("Ref", "$ref", Of::Any),
    ("Description", "description", Of::Text),
    ("Type", "type", Of::Text),
    ("Nullable", "nullable", Of::Flag),
    ("Format", "format", Of::Text),
    ("Title", "title", Of::Text),
    ("Default", "default", Of::Any),
    ("Maximum", "maximum", Of::Any),
    ("ExclusiveMaximum", "exclusiveMaximum", Of::Flag),
    ("Minimum", "minimum", Of::Any),
    ("ExclusiveMinimum", "exclusiveMinimum", Of::Flag),
    ("MaxLength", "maxLength", Of::Any),
    ("MinLength", "minLength", Of::Any),
    ("Pattern", "pattern", Of::Text),
    ("MaxItems", "maxItems", Of::Any),
    ("MinItems", "minItems", Of::Any),
    ("UniqueItems", "uniqueItems", Of::Flag),
    ("MultipleOf", "multipleOf", Of::Any),
    ("Enum", "enum", Of::Any),
    ("MaxProperties", "maxProperties", Of::Any),
    ("MinProperties", "minProperties", Of::Any),
    ("Required", "required", Of::Any),
    ("Items", "items", Of::Items),
    ("AllOf", "allOf", Of::Schemas),
    ("OneOf", "oneOf", Of::Schemas),
    ("AnyOf", "anyOf", Of::Schemas),
    ("Not", "not", Of::Schema),
    ("Properties", "properties", Of::Map),
    ("AdditionalProperties", "additionalProperties", Of::Bool),
    ("PatternProperties", "patternProperties", Of::Map),
    ("Dependencies", "dependencies", Of::Dependencies),
    ("AdditionalItems", "additionalItems", Of::Bool),
    ("Definitions", "definitions", Of::Map),
    ("ExternalDocs", "externalDocs", Of::Docs),
    ("Example", "example", Of::Any),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", Of::Any),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource", Of::Flag),
    ("XIntOrString", "x-kubernetes-int-or-string", Of::Flag),
    ("XListMapKeys", "x-kubernetes-list-map-keys", Of::Any),
    ("XListType", "x-kubernetes-list-type", Of::Any),
    ("XMapType", "x-kubernetes-map-type", Of::Any),
    ("XValidations", "x-kubernetes-validations", Of::Rules),
];

/// What is shown of one value at most; the rest is not written at all.
const MOST: usize = 8_192;

/// The fields of `schema` that say something, in the order of upstream's struct.
pub(super) fn fields_set(schema: &Value) -> impl Iterator<Item = &'static str> {
    let said = |(_, json, of): &(&str, &str, Of)| match of {
        Of::Text => !text(schema, json).is_empty(),
        Of::Flag => flag(schema, json),
        _ => set(schema, json).is_some(),
    };
    SCHEMA.iter().filter(move |field| said(field)).map(|(name, ..)| *name)
}

/// `schema` as upstream shows it.
pub(super) fn schema(schema: &Value) -> String {
    let mut out = String::new();
    write_schema(schema, &mut out);
    out
}

/// `rule` as upstream shows it.
pub(in crate::custom) fn rule(rule: &Value) -> String {
    let mut out = String::new();
    write_rule(rule, &mut out);
    out
}

/// The versions of `spec` as upstream shows them, without what is `shared`.
pub(super) fn versions(spec: &Value, shared: &Shared<'_>) -> String {
    let Some(versions) = spec.get("versions").and_then(Value::as_array) else { return "null".into() };
    let mut out = String::new();
    items(&mut out, versions, |version, out| {
        field(out, '{', "Name");
        json(&text(version, "name").into(), out);
        for (name, own) in [("Served", "served"), ("Storage", "storage"), ("Deprecated", "deprecated")] {
            field(out, ',', name);
            json(&flag(version, own).into(), out);
        }
        field(out, ',', "DeprecationWarning");
        json(&version["deprecationWarning"], out);
        field(out, ',', "Schema");
        option(shared.own_schema(version), out, |own, out| {
            field(out, '{', "OpenAPIV3Schema");
            option(set(own, "openAPIV3Schema"), out, write_schema);
            out.push('}');
        });
        field(out, ',', "Subresources");
        option(shared.own_subresources(version), out, subresources);
        field(out, ',', "AdditionalPrinterColumns");
        option(Some(shared.own_columns(version)).filter(|columns| !columns.is_empty()), out, |columns, out| {
            items(out, columns, column);
        });
        field(out, ',', "SelectableFields");
        option(Some(shared.own_selectable(version)).filter(|fields| !fields.is_empty()), out, |fields, out| {
            items(out, fields, |one, out| {
                field(out, '{', "JSONPath");
                json(&text(one, "jsonPath").into(), out);
                out.push('}');
            });
        });
        out.push('}');
    });
    out
}

fn subresources(own: &Value, out: &mut String) {
    field(out, '{', "Status");
    option(set(own, "status"), out, |_, out| out.push_str("{}"));
    field(out, ',', "Scale");
    option(set(own, "scale"), out, |scale, out| {
        field(out, '{', "SpecReplicasPath");
        json(&text(scale, "specReplicasPath").into(), out);
        field(out, ',', "StatusReplicasPath");
        json(&text(scale, "statusReplicasPath").into(), out);
        field(out, ',', "LabelSelectorPath");
        json(&scale["labelSelectorPath"], out);
        out.push('}');
    });
    out.push('}');
}

fn column(column: &Value, out: &mut String) {
    let mut open = '{';
    for (name, own) in [("Name", "name"), ("Type", "type"), ("Format", "format"), ("Description", "description")] {
        field(out, open, name);
        json(&text(column, own).into(), out);
        open = ',';
    }
    field(out, ',', "Priority");
    json(&column.get("priority").cloned().unwrap_or_else(|| 0.into()), out);
    field(out, ',', "JSONPath");
    json(&text(column, "jsonPath").into(), out);
    out.push('}');
}

fn write_rule(rule: &Value, out: &mut String) {
    let mut open = '{';
    for (name, own) in [
        ("Rule", "rule"),
        ("Message", "message"),
        ("MessageExpression", "messageExpression"),
        ("Reason", ""),
        ("FieldPath", "fieldPath"),
    ] {
        field(out, open, name);
        let value = if own.is_empty() { rule.get("reason").cloned().unwrap_or_default() } else { text(rule, own).into() };
        json(&value, out);
        open = ',';
    }
    field(out, ',', "OptionalOldSelf");
    json(&rule["optionalOldSelf"], out);
    out.push('}');
}

fn write_schema(schema: &Value, out: &mut String) {
    let mut open = '{';
    for (name, own, of) in SCHEMA {
        if out.len() > MOST {
            return;
        }
        field(out, open, name);
        open = ',';
        let value = schema.get(own).filter(|value| !value.is_null());
        match of {
            Of::Text => json(&text(schema, own).into(), out),
            Of::Flag => json(&flag(schema, own).into(), out),
            Of::Any => json(value.unwrap_or(&Value::Null), out),
            Of::Schema => option(value, out, write_schema),
            Of::Schemas => option(value.and_then(Value::as_array), out, |list, out| items(out, list, write_schema)),
            Of::Rules => option(value.and_then(Value::as_array), out, |list, out| items(out, list, write_rule)),
            Of::Map => option(value, out, |map, out| members(map, out, write_schema)),
            Of::Dependencies => option(value, out, |map, out| members(map, out, dependency)),
            Of::Items => option(value, out, either),
            Of::Bool => option(value, out, |value, out| {
                field(out, '{', "Allows");
                json(&(*value != false).into(), out);
                field(out, ',', "Schema");
                option(Some(value).filter(|value| value.is_object()), out, write_schema);
                out.push('}');
            }),
            Of::Docs => option(value, out, |docs, out| {
                field(out, '{', "Description");
                json(&text(docs, "description").into(), out);
                field(out, ',', "URL");
                json(&text(docs, "url").into(), out);
                out.push('}');
            }),
        }
    }
    out.push('}');
}

/// One schema or a list of them.
pub(super) fn either(value: &Value, out: &mut String) {
    field(out, '{', "Schema");
    option(Some(value).filter(|value| value.is_object()), out, write_schema);
    field(out, ',', "JSONSchemas");
    option(value.as_array(), out, |list, out| items(out, list, write_schema));
    out.push('}');
}

fn dependency(value: &Value, out: &mut String) {
    field(out, '{', "Schema");
    option(Some(value).filter(|value| value.is_object()), out, write_schema);
    field(out, ',', "Property");
    json(value.as_array().map_or(&Value::Null, |_| value), out);
    out.push('}');
}

fn field(out: &mut String, before: char, name: &str) {
    // Text takes everything.
    let _ = write!(out, "{before}\"{name}\":");
}

fn option<T>(value: Option<T>, out: &mut String, write: impl FnOnce(T, &mut String)) {
    match value {
        Some(value) => write(value, out),
        None => out.push_str("null"),
    }
}

fn items(out: &mut String, list: &[Value], write: impl Fn(&Value, &mut String)) {
    out.push('[');
    for (at, value) in list.iter().enumerate() {
        if out.len() > MOST {
            return;
        }
        if at > 0 {
            out.push(',');
        }
        write(value, out);
    }
    out.push(']');
}

fn members(map: &Value, out: &mut String, write: impl Fn(&Value, &mut String)) {
    let mut entries: Vec<(&String, &Value)> = map.as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(name, _)| *name);
    out.push('{');
    for (at, (name, value)) in entries.into_iter().enumerate() {
        if out.len() > MOST {
            return;
        }
        if at > 0 {
            out.push(',');
        }
        json(&name.as_str().into(), out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

fn json(value: &Value, out: &mut String) {
    out.push_str(&go::json(&go::sorted(value), MOST));
}
