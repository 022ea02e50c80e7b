//! A CustomResourceDefinition as its JSON has it; schemas stay text.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::view::Condition;

#[derive(Deserialize)]
pub(super) struct RawCrd<'a> {
    #[serde(borrow)]
    pub spec: RawSpec<'a>,
    #[serde(borrow, default)]
    pub status: RawStatus<'a>,
}

#[derive(Deserialize)]
pub(super) struct RawSpec<'a> {
    #[serde(borrow)]
    pub group: Cow<'a, str>,
    #[serde(borrow)]
    pub scope: Cow<'a, str>,
    #[serde(borrow)]
    pub names: RawNames<'a>,
    #[serde(borrow)]
    pub versions: Vec<RawVersion<'a>>,
    #[serde(default)]
    pub conversion: Option<RawConversion>,
}

#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RawNames<'a> {
    #[serde(borrow)]
    pub plural: Cow<'a, str>,
    #[serde(borrow)]
    pub singular: Cow<'a, str>,
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    #[serde(borrow)]
    pub list_kind: Cow<'a, str>,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawVersion<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(default)]
    pub served: bool,
    #[serde(default)]
    pub storage: bool,
    #[serde(default)]
    pub deprecated: bool,
    #[serde(default)]
    pub deprecation_warning: Option<String>,
    #[serde(borrow, default)]
    pub schema: Option<RawValidation<'a>>,
    #[serde(default)]
    pub subresources: RawSubresources,
    #[serde(default)]
    pub additional_printer_columns: Vec<RawColumn>,
    #[serde(default)]
    pub selectable_fields: Vec<RawSelectable>,
}

#[derive(Deserialize)]
pub(super) struct RawValidation<'a> {
    #[serde(rename = "openAPIV3Schema", borrow, default)]
    pub schema: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RawSubresources {
    pub status: Option<serde_json::Value>,
    pub scale: Option<RawScale>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawScale {
    pub spec_replicas_path: String,
    pub status_replicas_path: String,
    #[serde(default)]
    pub label_selector_path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawColumn {
    pub name: String,
    pub r#type: String,
    #[serde(default)]
    pub format: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub priority: i32,
    pub json_path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawSelectable {
    pub json_path: String,
}

#[derive(Deserialize)]
pub(super) struct RawConversion {
    #[serde(default)]
    pub strategy: String,
    #[serde(default)]
    pub webhook: Option<RawWebhook>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RawWebhook {
    pub client_config: serde_json::Value,
    pub conversion_review_versions: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RawStatus<'a> {
    #[serde(borrow)]
    pub accepted_names: RawNames<'a>,
    pub conditions: Option<Vec<Condition>>,
}
