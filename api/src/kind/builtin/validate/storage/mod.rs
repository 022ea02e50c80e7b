//! Volumes of pods and of the cluster, claims to them, and what makes them.

mod attachment;
mod claim;
mod classes;
mod csi;
mod sources;
mod vendors;
mod volume;

pub(super) use attachment::{attachment, attachment_create, attachment_update};
pub(super) use claim::{claim_spec, claim_status, claim_update, metadata_of_template};
pub(super) use classes::{attributes_class, attributes_class_update, storage_class, topology_selector_term};
pub(super) use csi::{capacity, csi_driver, csi_driver_update, csi_node, csi_node_update, driver_name, publish_secrets};
pub(super) use sources::{downward, fc, flex, iscsi, projected, volume as pod_volume};
pub(super) use vendors::{azure_disk, azure_file, flocker, glusterfs, quobyte, secret_in_namespace, secret_of_cluster};
pub(super) use volume::{volume, volume_update};
