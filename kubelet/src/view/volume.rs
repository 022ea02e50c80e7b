//! Volumes as specs write them.

use serde::Deserialize;

use super::FieldRef;
use super::container::ResourceFieldRef;

/// One volume: exactly one source is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 Volume")]
pub struct Volume {
    pub name: String,
    pub empty_dir: Option<EmptyDir>,
    pub host_path: Option<HostPath>,
    pub config_map: Option<ConfigVolume>,
    pub secret: Option<SecretVolume>,
    #[serde(rename = "downwardAPI")]
    pub downward_api: Option<DownwardVolume>,
    pub projected: Option<Projected>,
}

/// A directory that lives as long as the pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 EmptyDirVolumeSource")]
pub struct EmptyDir {
    pub medium: String,
    pub size_limit: Option<String>,
}

/// A path of the node.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 HostPathVolumeSource")]
pub struct HostPath {
    pub path: String,
    pub r#type: String,
}

/// A key shown as a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 KeyToPath")]
pub struct Item {
    pub key: String,
    pub path: String,
    pub mode: Option<u32>,
}

/// A `ConfigMap` as files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 ConfigMapVolumeSource")]
pub struct ConfigVolume {
    pub name: String,
    pub items: Vec<Item>,
    pub default_mode: Option<u32>,
    pub optional: bool,
}

/// A `Secret` as files; within a projected volume it is named by `name`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 SecretVolumeSource")]
pub struct SecretVolume {
    #[serde(alias = "name")]
    pub secret_name: String,
    pub items: Vec<Item>,
    pub default_mode: Option<u32>,
    pub optional: bool,
}

/// Fields of the pod as files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 DownwardAPIVolumeSource")]
pub struct DownwardVolume {
    pub items: Vec<DownwardFile>,
    pub default_mode: Option<u32>,
}

/// One field as a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 DownwardAPIVolumeFile")]
pub struct DownwardFile {
    pub path: String,
    pub field_ref: Option<FieldRef>,
    pub resource_field_ref: Option<ResourceFieldRef>,
    pub mode: Option<u32>,
}

/// Several sources in one directory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 ProjectedVolumeSource")]
pub struct Projected {
    pub sources: Vec<Projection>,
    pub default_mode: Option<u32>,
}

/// One source of a projected volume.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 VolumeProjection")]
pub struct Projection {
    pub config_map: Option<ConfigVolume>,
    pub secret: Option<SecretVolume>,
    #[serde(rename = "downwardAPI")]
    pub downward_api: Option<DownwardVolume>,
    pub service_account_token: Option<TokenProjection>,
}

/// A service account's token as a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 ServiceAccountTokenProjection")]
pub struct TokenProjection {
    pub audience: String,
    pub expiration_seconds: Option<u64>,
    pub path: String,
}
