//! Reads schemas from OpenAPI's JSON.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value;

use super::definitions::slot;
use super::explicit::is_explicit;
use super::{Field, Link, List, ListType, Map, Object, Scalar, Schema};
use crate::Text;

/// The definition of `metadata`.
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The parts of OpenAPI's JSON that the model keeps.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Raw {
    #[serde(rename = "type")]
    kind: Option<String>,
    format: Option<String>,
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(rename = "allOf")]
    all_of: Vec<Raw>,
    properties: BTreeMap<String, Raw>,
    items: Option<Box<Raw>>,
    #[serde(rename = "additionalProperties")]
    additional: Option<Additional>,
    required: Vec<String>,
    default: Option<Value>,
    #[serde(rename = "x-kubernetes-list-type")]
    list_type: Option<String>,
    #[serde(rename = "x-kubernetes-list-map-keys")]
    keys: Vec<String>,
    #[serde(rename = "x-kubernetes-map-type")]
    map_type: Option<String>,
    #[serde(rename = "x-kubernetes-patch-strategy")]
    strategy: Option<String>,
    #[serde(rename = "x-kubernetes-patch-merge-key")]
    merge_key: Option<String>,
    #[serde(rename = "x-kubernetes-int-or-string")]
    int_or_string: bool,
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    preserve_unknown: bool,
    #[serde(rename = "x-kubernetes-embedded-resource")]
    embedded: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Additional {
    Allowed(bool),
    Schema(Box<Raw>),
}

/// Reads one schema of OpenAPI's JSON, such as a CRD's. What it does not say is left open.
pub fn read(json: &Value) -> Schema {
    let raw = Raw::deserialize(json).unwrap_or_default();
    Reader { texts: HashSet::new(), find: &slot }.definition("", &raw)
}

/// Reads the schema of a custom kind: the root, and every embedded object, has metadata as all objects have.
pub fn read_custom(json: &Value) -> Schema {
    let mut raw = Raw::deserialize(json).unwrap_or_default();
    raw.kind = Some("object".into());
    raw.embedded = true;
    Reader { texts: HashSet::new(), find: &slot }.schema("", &raw)
}

/// Reads schemas, sharing equal names among them.
pub(super) struct Reader<'a> {
    /// The names read so far.
    pub texts: HashSet<Text>,
    /// Where a definition is or will be.
    pub find: &'a dyn Fn(&str) -> Option<&'static OnceLock<Schema>>,
}

impl Reader<'_> {
    /// The schema of the definition called `name`.
    pub fn definition(&mut self, name: &str, raw: &Raw) -> Schema {
        match well_known(name) {
            Some(scalar) => Schema::Scalar(scalar),
            None => self.schema(name, raw),
        }
    }

    fn schema(&mut self, name: &str, raw: &Raw) -> Schema {
        match raw.kind.as_deref() {
            _ if raw.int_or_string => Schema::Scalar(Scalar::IntOrString),
            Some("array") => Schema::List(self.list(raw)),
            Some("object") => self.object_or_map(name, raw),
            Some(scalar) => Schema::Scalar(scalar_of(scalar, raw.format.as_deref())),
            None if !raw.properties.is_empty() => self.object_or_map(name, raw),
            None => Schema::Scalar(Scalar::Open),
        }
    }

    fn object_or_map(&mut self, name: &str, raw: &Raw) -> Schema {
        let atomic = raw.map_type.as_deref() == Some("atomic");
        match &raw.additional {
            Some(Additional::Schema(values)) if raw.properties.is_empty() => {
                Schema::Map(Map { values: self.link(values), atomic })
            }
            additional => {
                let open = matches!(additional, Some(Additional::Allowed(true) | Additional::Schema(_)));
                let preserve_unknown = raw.preserve_unknown || open || raw.properties.is_empty() && !has_no_fields(name);
                let mut fields: Vec<Field> = raw.properties.iter().map(|(field, of)| self.field(name, field, of, raw)).collect();
                if raw.embedded {
                    self.embed(&mut fields);
                }
                Schema::Object(Object { name: self.text(name), fields: fields.into(), atomic, preserve_unknown })
            }
        }
    }

    fn field(&mut self, owner: &str, name: &str, raw: &Raw, parent: &Raw) -> Field {
        Field {
            name: self.text(name),
            schema: self.link(raw),
            required: parent.required.iter().any(|required| required == name),
            explicit: is_explicit(owner, name),
            default: raw.default.clone().map(Box::new),
            retain_keys: has_strategy(raw, "retainKeys"),
            replace: has_strategy(raw, "replace"),
        }
    }

    /// Type and metadata of an object, whatever the schema says of them.
    fn embed(&mut self, fields: &mut Vec<Field>) {
        fields.retain(|field| !matches!(&*field.name, "apiVersion" | "kind" | "metadata"));
        let string = || Link::from(Schema::Scalar(Scalar::String));
        let meta = (self.find)(OBJECT_META).map_or_else(|| Schema::Scalar(Scalar::Any).into(), Link::named);
        for (name, schema) in [("apiVersion", string()), ("kind", string()), ("metadata", meta)] {
            let name = self.text(name);
            fields.push(Field {
                name,
                schema,
                required: false,
                explicit: true,
                default: None,
                retain_keys: false,
                replace: false,
            });
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
    }

    fn list(&mut self, raw: &Raw) -> List {
        List {
            items: raw.items.as_deref().map_or_else(|| Schema::Scalar(Scalar::Any).into(), |items| self.link(items)),
            list_type: match raw.list_type.as_deref() {
                Some("map") => ListType::Map,
                Some("set") => ListType::Set,
                _ => ListType::Atomic,
            },
            keys: raw.keys.iter().map(|key| self.text(key)).collect(),
            merge: has_strategy(raw, "merge"),
            merge_key: raw.merge_key.as_deref().map(|key| self.text(key)),
        }
    }

    fn link(&mut self, raw: &Raw) -> Link {
        let reference = raw.reference.as_deref().or_else(|| raw.all_of.first()?.reference.as_deref());
        let slot = reference.and_then(|name| (self.find)(name.rsplit('/').next().unwrap_or(name)));
        slot.map_or_else(|| self.schema("", raw).into(), Link::named)
    }

    fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new = Text::from(text);
        self.texts.insert(new.clone());
        new
    }
}

fn has_strategy(raw: &Raw, wanted: &str) -> bool {
    raw.strategy.as_deref().is_some_and(|strategies| strategies.split(',').any(|strategy| strategy == wanted))
}

/// Whether the definition called `name` is a struct without fields: in OpenAPI it looks like one that holds anything.
fn has_no_fields(name: &str) -> bool {
    name.ends_with(".CustomResourceSubresourceStatus")
}

/// Definitions whose JSON is not what their schema says.
fn well_known(name: &str) -> Option<Scalar> {
    let scalar = match name.strip_prefix("io.k8s.")? {
        "apimachinery.pkg.apis.meta.v1.Time" => Scalar::Time,
        "apimachinery.pkg.apis.meta.v1.MicroTime" => Scalar::MicroTime,
        "apimachinery.pkg.api.resource.Quantity" => Scalar::Quantity,
        "apimachinery.pkg.util.intstr.IntOrString" => Scalar::IntOrString,
        "apimachinery.pkg.apis.meta.v1.FieldsV1"
        | "apimachinery.pkg.apis.meta.v1.Patch"
        | "apimachinery.pkg.runtime.RawExtension"
        | "apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON"
        | "apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray"
        | "apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool"
        | "apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray" => Scalar::Any,
        _ => return None,
    };
    Some(scalar)
}

fn scalar_of(kind: &str, format: Option<&str>) -> Scalar {
    match (kind, format) {
        ("string", Some("byte")) => Scalar::Bytes,
        ("string", Some("date-time")) => Scalar::Time,
        ("string", Some("int-or-string")) => Scalar::IntOrString,
        ("string", _) => Scalar::String,
        ("integer", Some("int32")) => Scalar::Int32,
        ("integer", _) => Scalar::Int64,
        ("number", _) => Scalar::Number,
        ("boolean", _) => Scalar::Bool,
        _ => Scalar::Any,
    }
}
