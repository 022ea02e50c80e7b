//! One version of a CustomResourceDefinition.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use serde_json::Value;

use super::raw::{RawCrd, RawVersion};
use super::{Rules, ScalePaths, Structural, columns, compile};
use crate::Text;
use crate::decode::settle_numbers;
use crate::kind::Column;
use crate::object::Object;
use crate::schema::{self, Schema};

/// A version as the definition describes it.
#[derive(Debug)]
pub struct CrdVersion {
    /// `v1`.
    pub name: Text,
    /// Whether it is served.
    pub served: bool,
    /// Whether objects are stored in it.
    pub storage: bool,
    /// The warning of a deprecated version; empty for the usual words.
    pub deprecated: Option<Text>,
    /// Whether it has a status of its own.
    pub status: bool,
    /// Where its number of replicas is.
    pub scale: Option<ScalePaths>,
    /// Printer columns, the name first.
    pub columns: Vec<Column>,
    /// Selectable fields: simple paths, `.spec.colour`.
    pub selectable: Vec<Text>,
    /// Changes with the schema.
    pub schema_hash: u64,
    models: OnceLock<Models>,
}

/// What a schema is compiled to, on first use.
#[derive(Debug)]
struct Models {
    schema: Schema,
    structural: Structural,
    rules: Option<Rules>,
}

impl CrdVersion {
    pub(super) fn read(raw: &RawVersion<'_>) -> Self {
        let text = raw.schema.as_ref().and_then(|validation| validation.schema).map(serde_json::value::RawValue::get);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self {
            name: raw.name.as_ref().into(),
            served: raw.served,
            storage: raw.storage,
            deprecated: raw.deprecated.then(|| raw.deprecation_warning.as_deref().unwrap_or_default().into()),
            status: raw.subresources.status.is_some(),
            scale: raw.subresources.scale.as_ref().map(ScalePaths::read),
            columns: columns::of(&raw.additional_printer_columns),
            selectable: raw.selectable_fields.iter().map(|field| field.json_path.as_str().into()).collect(),
            schema_hash: hasher.finish(),
            models: OnceLock::new(),
        }
    }

    /// Its schema as the generic machinery knows schemas, from the definition `object`.
    pub(super) fn schema(&self, object: &Object) -> &Schema {
        &self.models(object).schema
    }

    /// Its schema for pruning, defaulting and validating, from the definition `object`.
    pub(super) fn structural(&self, object: &Object) -> &Structural {
        &self.models(object).structural
    }

    /// Its rules, from the definition `object`; `None` where it has none.
    pub(super) fn rules(&self, object: &Object) -> Option<&Rules> {
        self.models(object).rules.as_ref()
    }

    fn models(&self, object: &Object) -> &Models {
        self.models.get_or_init(|| {
            let mut document = self.document(object);
            // Definitions that were stored by former versions are as they were sent.
            settle_numbers(&mut document);
            let rules = Rules::compile(&document);
            Models { schema: schema::read_custom(&document), structural: compile(&document), rules }
        })
    }

    /// `openAPIV3Schema` as the definition `object` has it; an open object where there is none.
    pub fn document(&self, object: &Object) -> Value {
        let json = object.value.whole();
        let raw: Option<RawCrd<'_>> = serde_json::from_slice(&json).ok();
        let version = raw.iter().flat_map(|raw| &raw.spec.versions).find(|version| version.name == *self.name);
        let text = version.and_then(|version| version.schema.as_ref()?.schema);
        text.and_then(|text| serde_json::from_str(text.get()).ok())
            .unwrap_or_else(|| serde_json::json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}))
    }
}
