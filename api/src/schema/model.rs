//! The model of a schema: what a value may be, and how two of them merge.

use std::ops::Deref;
use std::sync::OnceLock;

use serde_json::Value;

use crate::Text;

/// What a value may be.
#[derive(Debug)]
pub enum Schema {
    /// A struct: named fields.
    Object(Object),
    /// A map from strings.
    Map(Map),
    /// A list.
    List(List),
    /// Anything without parts that the server looks into.
    Scalar(Scalar),
}

/// A value without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Text.
    String,
    /// Bytes, base64 in JSON.
    Bytes,
    /// `metav1.Time`: RFC 3339, whole seconds.
    Time,
    /// `metav1.MicroTime`: RFC 3339, microseconds.
    MicroTime,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// `resource.Quantity`: text, or a number on the way in.
    Quantity,
    /// `intstr.IntOrString`.
    IntOrString,
    /// Any JSON, kept as it is; apply replaces it as a whole.
    Any,
    /// Any JSON, kept as it is; apply merges its maps by key, as a custom kind's schema without a type wants.
    Open,
}

/// A struct.
#[derive(Debug, Default)]
pub struct Object {
    /// Its definition's name, `io.k8s.api.apps.v1.DeploymentSpec`; empty where it has none.
    pub name: Text,
    /// Its fields, by name.
    pub fields: Box<[Field]>,
    /// Replaced as a whole by apply (`x-kubernetes-map-type: atomic`).
    pub atomic: bool,
    /// Keeps fields that it does not list.
    pub preserve_unknown: bool,
}

impl Object {
    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(self.position(name)?)
    }

    /// Where among the fields the one called `name` is.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.binary_search_by(|field| (*field.name).cmp(name)).ok()
    }
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: Text,
    /// What it may be.
    pub schema: Link,
    /// Listed as required.
    pub required: bool,
    /// Zero, false and nothing say something here, or it is always written: a pointer in Go's types, or without `omitempty`.
    pub explicit: bool,
    /// What an absent field stands for, where the schema says so.
    pub default: Option<Box<Value>>,
    /// A strategic merge drops the fields that the patch does not name (`retainKeys`).
    pub retain_keys: bool,
    /// A strategic merge replaces it as a whole (`replace`).
    pub replace: bool,
}

/// A map from strings.
#[derive(Debug)]
pub struct Map {
    /// What its values may be.
    pub values: Link,
    /// Replaced as a whole by apply (`x-kubernetes-map-type: atomic`).
    pub atomic: bool,
}

/// A list.
#[derive(Debug)]
pub struct List {
    /// What its items may be.
    pub items: Link,
    /// How apply merges it (`x-kubernetes-list-type`).
    pub list_type: ListType,
    /// The fields that tell the items of a `Map` list apart (`x-kubernetes-list-map-keys`).
    pub keys: Box<[Text]>,
    /// A strategic merge merges it (`x-kubernetes-patch-strategy: merge`) rather than replacing it:
    /// by `merge_key`, or as a set of scalars where there is none.
    pub merge: bool,
    /// The field by which a strategic merge tells items apart (`x-kubernetes-patch-merge-key`).
    pub merge_key: Option<Text>,
}

/// How apply merges a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListType {
    /// Replaced as a whole.
    #[default]
    Atomic,
    /// Scalars, each at most once.
    Set,
    /// Structs, told apart by keys.
    Map,
}

/// Where a schema is: in place, or a definition that may refer to itself. Reads as the schema.
#[derive(Debug)]
pub struct Link(Target);

#[derive(Debug)]
enum Target {
    Own(Box<Schema>),
    Shared(&'static Schema),
    Named(&'static OnceLock<Schema>),
}

/// Most links are to scalars: one schema each serves them all.
static SCALARS: [Schema; 11] = [
    Schema::Scalar(Scalar::String),
    Schema::Scalar(Scalar::Bytes),
    Schema::Scalar(Scalar::Time),
    Schema::Scalar(Scalar::MicroTime),
    Schema::Scalar(Scalar::Int32),
    Schema::Scalar(Scalar::Int64),
    Schema::Scalar(Scalar::Number),
    Schema::Scalar(Scalar::Bool),
    Schema::Scalar(Scalar::Quantity),
    Schema::Scalar(Scalar::IntOrString),
    Schema::Scalar(Scalar::Any),
];

/// What a definition that is not there reads as.
static ANY: Schema = Schema::Scalar(Scalar::Any);

impl Link {
    /// A link to the definition in `slot`, filled in by now or later.
    pub(super) const fn named(slot: &'static OnceLock<Schema>) -> Self {
        Self(Target::Named(slot))
    }
}

impl From<Schema> for Link {
    fn from(schema: Schema) -> Self {
        let shared = SCALARS.iter().find(|shared| match (shared, &schema) {
            (Schema::Scalar(shared), Schema::Scalar(scalar)) => shared == scalar,
            _ => false,
        });
        Self(shared.map_or_else(|| Target::Own(Box::new(schema)), Target::Shared))
    }
}

impl Deref for Link {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        match &self.0 {
            Target::Own(schema) => schema,
            Target::Shared(schema) => schema,
            Target::Named(slot) => slot.get().unwrap_or(&ANY),
        }
    }
}

impl Schema {
    /// The struct, where it is one.
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The schema of member `name`: a field of a struct or a value of a map.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.field(name).map(|field| &*field.schema),
            Self::Map(map) => Some(&map.values),
            Self::List(_) | Self::Scalar(_) => None,
        }
    }
}
