//! Columns of volumes and classes.

use serde_json::Value;

use super::cell::{NONE, flag, joined, list, or, shown, text, text_or};
use super::column::{Col, Row};
use crate::time::Time;

/// The columns of each kind.
pub(super) const TABLE: &[Row] = &[
    ("", "PersistentVolume", VOLUMES),
    ("", "PersistentVolumeClaim", CLAIMS),
    ("storage.k8s.io", "StorageClass", CLASSES),
    ("storage.k8s.io", "VolumeAttachment", ATTACHMENTS),
    ("storage.k8s.io", "VolumeAttributesClass", ATTRIBUTES),
    ("storage.k8s.io", "CSIDriver", DRIVERS),
    ("storage.k8s.io", "CSINode", CSI_NODES),
    ("storage.k8s.io", "CSIStorageCapacity", CAPACITIES),
];

const VOLUMES: &[Col] = &[
    Col::NAME,
    Col::text("Capacity", |object, _| shown(object, "/spec/capacity/storage").into()),
    Col::text("Access Modes", |object, _| modes(object, "/spec/accessModes")),
    Col::text("Reclaim Policy", |object, _| text(object, "/spec/persistentVolumeReclaimPolicy").into()),
    Col::text("Status", |object, _| phase(object)),
    Col::text("Claim", |object, _| match text(object, "/spec/claimRef/name") {
        "" => "".into(),
        name => format!("{}/{name}", text(object, "/spec/claimRef/namespace")).into(),
    }),
    Col::text("StorageClass", |object, _| text(object, "/spec/storageClassName").into()),
    Col::text("VolumeAttributesClass", |object, _| text_or(object, "/spec/volumeAttributesClassName", "<unset>")),
    Col::text("Reason", |object, _| text(object, "/status/reason").into()),
    Col::AGE,
    Col::wide("VolumeMode", |object, _| text_or(object, "/spec/volumeMode", "<unset>")),
];

const CLAIMS: &[Col] = &[
    Col::NAME,
    Col::text("Status", |object, _| phase(object)),
    Col::text("Volume", |object, _| text(object, "/spec/volumeName").into()),
    Col::text("Capacity", bound_capacity),
    Col::text("Access Modes", |object, _| match text(object, "/spec/volumeName") {
        "" => "".into(),
        _ => modes(object, "/status/accessModes"),
    }),
    Col::text("StorageClass", |object, _| text(object, "/spec/storageClassName").into()),
    Col::text("VolumeAttributesClass", |object, _| text_or(object, "/spec/volumeAttributesClassName", "<unset>")),
    Col::AGE,
    Col::wide("VolumeMode", |object, _| text_or(object, "/spec/volumeMode", "<unset>")),
];

const CLASSES: &[Col] = &[
    Col::text("Name", class_name).named(),
    Col::text("Provisioner", |object, _| text(object, "/provisioner").into()),
    Col::text("ReclaimPolicy", |object, _| text_or(object, "/reclaimPolicy", "Delete")),
    Col::text("VolumeBindingMode", |object, _| text_or(object, "/volumeBindingMode", "<unset>")),
    Col::text("AllowVolumeExpansion", |object, _| flag(object, "/allowVolumeExpansion").into()),
    Col::AGE,
];

const ATTACHMENTS: &[Col] = &[
    Col::NAME,
    Col::text("Attacher", |object, _| text(object, "/spec/attacher").into()).named(),
    Col::text("PV", |object, _| text(object, "/spec/source/persistentVolumeName").into()),
    Col::text("Node", |object, _| text(object, "/spec/nodeName").into()),
    Col::flag("Attached", |object, _| flag(object, "/status/attached").into()),
    Col::AGE,
];

const ATTRIBUTES: &[Col] = &[Col::NAME, Col::text("DriverName", |object, _| text(object, "/driverName").into()), Col::AGE];

const DRIVERS: &[Col] = &[
    Col::NAME,
    Col::flag("AttachRequired", |object, _| {
        object.pointer("/spec/attachRequired").and_then(Value::as_bool).unwrap_or(true).into()
    }),
    Col::flag("PodInfoOnMount", |object, _| flag(object, "/spec/podInfoOnMount").into()),
    Col::flag("StorageCapacity", |object, _| flag(object, "/spec/storageCapacity").into()),
    Col::text("TokenRequests", |object, _| {
        let requests = list(object, "/spec/tokenRequests").iter().map(|request| text(request, "/audience"));
        match requests.collect::<Vec<_>>().join(",") {
            none if none.is_empty() => "<unset>".into(),
            audiences => audiences.into(),
        }
    }),
    Col::flag("RequiresRepublish", |object, _| flag(object, "/spec/requiresRepublish").into()),
    Col::text("Modes", |object, _| {
        let modes: Vec<&str> = list(object, "/spec/volumeLifecycleModes").iter().filter_map(Value::as_str).collect();
        or(&modes.join(","), NONE).into()
    }),
    Col::AGE,
];

const CSI_NODES: &[Col] = &[Col::NAME, Col::int("Drivers", |object, _| list(object, "/spec/drivers").len().into()), Col::AGE];

const CAPACITIES: &[Col] = &[
    Col::NAME,
    Col::text("StorageClassName", |object, _| text(object, "/storageClassName").into()),
    Col::text("Capacity", |object, _| or(&shown(object, "/capacity"), "<unset>").into()),
];

fn phase(object: &Value) -> Value {
    match object.pointer("/metadata/deletionTimestamp") {
        Some(_) => "Terminating".into(),
        None => text(object, "/status/phase").into(),
    }
}

fn bound_capacity(claim: &Value, _now: Time) -> Value {
    if text(claim, "/spec/volumeName").is_empty() { "".into() } else { shown(claim, "/status/capacity/storage").into() }
}

/// `RWO,ROX`: each mode by its short name.
fn modes(object: &Value, pointer: &str) -> Value {
    let has = |mode: &str| list(object, pointer).iter().any(|item| item.as_str() == Some(mode));
    let all = [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    match joined(all.into_iter().filter(|(mode, _)| has(mode)).map(|(_, short)| short)) {
        none if none == NONE => "".into(),
        modes => modes,
    }
}

fn class_name(class: &Value, _now: Time) -> Value {
    let name = text(class, "/metadata/name");
    let is_default = text(class, "/metadata/annotations/storageclass.kubernetes.io~1is-default-class") == "true";
    if is_default { format!("{name} (default)").into() } else { name.into() }
}
