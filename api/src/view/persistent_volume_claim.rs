//! `core/v1 PersistentVolumeClaim`.

use serde::Deserialize;

use super::View;
use crate::Text;

/// What is read of a PersistentVolumeClaim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeClaim {
    /// What is wanted.
    pub spec: PersistentVolumeClaimSpec,
    /// What it has.
    pub status: PersistentVolumeClaimStatus,
}

/// What a claim wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeClaimSpec {
    /// The attributes its volume is to have; absent or empty for none.
    pub volume_attributes_class_name: Option<Text>,
}

/// What a claim has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentVolumeClaimStatus {
    /// The attributes its volume has.
    pub current_volume_attributes_class_name: Option<Text>,
    /// The change of attributes under way.
    pub modify_volume_status: Option<ModifyVolumeStatus>,
}

/// A change of a volume's attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ModifyVolumeStatus {
    /// The attributes it is to have in the end.
    pub target_volume_attributes_class_name: Text,
}

impl PersistentVolumeClaim {
    /// The names of the VolumeAttributesClasses it wants, has, or is on its way to.
    pub fn attributes_classes(&self) -> impl Iterator<Item = &Text> {
        let target = self.status.modify_volume_status.as_ref().map(|modify| &modify.target_volume_attributes_class_name);
        let wanted = self.spec.volume_attributes_class_name.as_ref();
        let has = self.status.current_volume_attributes_class_name.as_ref();
        [wanted, has, target].into_iter().flatten().filter(|name| !name.is_empty())
    }
}

impl View for PersistentVolumeClaim {
    const RESOURCE: &'static str = "persistentvolumeclaims";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "PersistentVolumeClaim";
}
