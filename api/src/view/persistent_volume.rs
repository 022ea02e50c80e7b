//! `core/v1 PersistentVolume`.

use serde::Deserialize;

use super::View;
use crate::Text;

/// What is read of a PersistentVolume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolume {
    /// What it is.
    pub spec: PersistentVolumeSpec,
    /// Where it stands.
    pub status: PersistentVolumeStatus,
}

/// What a volume is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeSpec {
    /// The attributes it was given.
    pub volume_attributes_class_name: Option<Text>,
}

/// Where a volume stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeStatus {
    /// `Pending`, `Available`, `Bound`, `Released` or `Failed`.
    pub phase: Text,
}

impl View for PersistentVolume {
    const RESOURCE: &'static str = "persistentvolumes";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "PersistentVolume";
}
