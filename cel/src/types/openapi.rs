//! Structural schemas of CustomResourceDefinitions, as upstream's `SchemaDeclType` reads them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ListKind, ObjectType, Schema, SchemaSource, Shape};

impl Schema {
    /// What expressions see of a value with this OpenAPI schema; `None` where they see nothing. `root` says that it is
    /// an object of its own, whose `apiVersion`, `kind`, `metadata.name` and `metadata.generateName` are always there.
    pub fn from_openapi(schema: &Value, root: bool) -> Option<Self> {
        read(schema, root, "object")
    }
}

/// An object type read from a schema.
#[derive(Debug)]
struct Declared {
    name: Box<str>,
    fields: BTreeMap<Box<str>, Schema>,
    min_serialized: u64,
}

impl SchemaSource for Declared {
    fn name(&self) -> &str {
        &self.name
    }

    fn field(&self, name: &str) -> Option<Schema> {
        self.fields.get(name).cloned()
    }

    fn min_serialized(&self) -> u64 {
        self.min_serialized
    }
}

fn flag(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn bound(schema: &Value, name: &str) -> Option<u64> {
    let bound = schema.get(name)?;
    bound.as_u64().or_else(|| bound.as_i64().map(|_| 0))
}

fn read(schema: &Value, root: bool, path: &str) -> Option<Schema> {
    if flag(schema, "x-kubernetes-int-or-string") {
        let mut any = Schema { shape: Shape::IntOrString, ..Schema::any() };
        if let Some(length) = bound(schema, "maxLength") {
            any.max_size = length.saturating_mul(4);
        }
        return Some(any);
    }
    match schema.get("type").and_then(Value::as_str)? {
        "array" => list(schema, path),
        "object" => map(schema, path).unwrap_or_else(|| Some(object(schema, root, path))),
        "string" => Some(string(schema)),
        "boolean" => Some(Schema::bool()),
        "number" => Some(Schema::double()),
        "integer" => Some(Schema::int()),
        _ => None,
    }
}

fn child(schema: &Value, path: &str, step: &str) -> Option<Schema> {
    read(schema, flag(schema, "x-kubernetes-embedded-resource"), &format!("{path}.{step}"))
}

fn list(schema: &Value, path: &str) -> Option<Schema> {
    let items = child(schema.get("items")?, path, "@items")?;
    Some(Schema::list(items, list_kind(schema), bound(schema, "maxItems")))
}

fn list_kind(schema: &Value) -> ListKind {
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => ListKind::Set,
        Some("map") => {
            ListKind::Map(keys.into_iter().flatten().filter_map(Value::as_str).map(Box::from).collect::<Vec<_>>().into())
        }
        _ => ListKind::Atomic,
    }
}

/// `None` where it is no map, `Some(None)` where it is one that expressions do not see.
fn map(schema: &Value, path: &str) -> Option<Option<Schema>> {
    let values = schema.get("additionalProperties").filter(|values| values.is_object())?;
    Some(child(values, path, "@values").map(|values| Schema::map(values, bound(schema, "maxProperties"))))
}

fn object(schema: &Value, root: bool, path: &str) -> Schema {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required: BTreeSet<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut fields = BTreeMap::new();
    let mut min_serialized = 2_u64;
    for (name, property) in properties.into_iter().flatten() {
        let Some(field) = child(property, path, name) else { continue };
        if required.contains(name.as_str()) && property.get("default").is_none() {
            min_serialized = min_serialized.saturating_add(field.min_serialized).saturating_add(name.len() as u64 + 4);
        }
        fields.insert(name.as_str().into(), field);
    }
    if root {
        add_meta(&mut fields, path);
    }
    Schema::object(ObjectType::new(Declared { name: path.into(), fields, min_serialized }))
}

/// The fields that every root has: what the schema says of them and of other metadata does not count.
fn add_meta(fields: &mut BTreeMap<Box<str>, Schema>, path: &str) {
    fields.insert("kind".into(), Schema::string(None));
    fields.insert("apiVersion".into(), Schema::string(None));
    let meta = ["name", "generateName"].map(|name| (Box::from(name), Schema::string(None)));
    let name = format!("{path}.metadata").into();
    let declared = Declared { name, fields: meta.into_iter().collect(), min_serialized: 2 };
    fields.insert("metadata".into(), Schema::object(ObjectType::new(declared)));
}

fn string(schema: &Value) -> Schema {
    match schema.get("format").and_then(Value::as_str) {
        Some("byte") => return Schema::bytes(bound(schema, "maxLength")),
        Some("duration") => return Schema::duration(),
        Some("date") => return Schema { max_size: 12, min_serialized: 12, ..Schema::timestamp() },
        Some("date-time") => return Schema::timestamp(),
        _ => {}
    }
    let mut string = Schema::string(bound(schema, "maxLength"));
    let values = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty());
    if let (None, Some(values)) = (bound(schema, "maxLength"), values) {
        string.max_size = values.iter().filter_map(Value::as_str).map(|value| value.len() as u64).max().unwrap_or(0);
    }
    string
}
