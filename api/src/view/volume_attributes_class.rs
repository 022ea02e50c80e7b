//! `storage.k8s.io/v1 VolumeAttributesClass`.

use serde::Deserialize;

use super::View;

/// A VolumeAttributesClass, of which only the head is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct VolumeAttributesClass {}

impl View for VolumeAttributesClass {
    const RESOURCE: &'static str = "volumeattributesclasses.storage.k8s.io";
    const API_VERSION: &'static str = "storage.k8s.io/v1";
    const KIND: &'static str = "VolumeAttributesClass";
}
