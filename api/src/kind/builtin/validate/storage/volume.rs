//! Volumes of the cluster.

use serde_json::{Map, Value};

use super::super::{SPEC, list, text};
use super::claim::access_modes;
use super::sources::{long_initiated, only_one};
use crate::kind::validate::{Faults, Path};
use crate::quantity::Quantity;

/// Fields of a volume's spec that are no source.
const NO_SOURCE: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

pub(in super::super) fn volume(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    if list(spec, "accessModes").is_empty() {
        faults.required(&path.child("accessModes"), "");
    }
    access_modes(spec, &path, faults);
    capacity(&spec["capacity"], &path.child("capacity"), faults);
    only_one(spec, &path, faults);
    long_initiated(object, &path, faults);
    if spec.get("nodeAffinity").is_some_and(|affinity| affinity.get("required").is_none()) {
        let field = path.child("nodeAffinity");
        faults.required(&field.child("required"), "must specify required node constraints");
    }
    if spec.get("local").is_some() && spec.get("nodeAffinity").is_none() {
        faults.required(&path.child("nodeAffinity"), "Local volume requires node affinity");
    }
    let is_root = |place: &str| place.starts_with('/') && place.split('/').all(|part| part.is_empty() || part == ".");
    let root = spec["hostPath"]["path"].as_str().is_some_and(is_root);
    if root && spec["persistentVolumeReclaimPolicy"] == "Recycle" {
        let why = "may not be 'recycle' for a hostPath mount of '/'";
        faults.forbidden(&path.child("persistentVolumeReclaimPolicy"), why);
    }
    if let Some(class) = spec.get("volumeAttributesClassName") {
        if class == "" {
            faults.required(&path.child("volumeAttributesClassName"), "an empty string is disallowed");
        }
        if spec.get("csi").is_none() {
            faults.required(&path.child("csi"), "has to be specified when using volumeAttributesClassName");
        }
    }
}

fn capacity(capacity: &Value, path: &Path<'_>, faults: &mut Faults) {
    let amounts = capacity.as_object().filter(|amounts| !amounts.is_empty());
    let Some(amounts) = amounts else {
        faults.required(path, "");
        return faults.unsupported_value(path, &Value::Object(Map::new()), std::iter::once("storage".to_owned()));
    };
    if amounts.len() > 1 || !amounts.contains_key("storage") {
        faults.unsupported_value(path, capacity, std::iter::once("storage".to_owned()));
    }
    for (name, amount) in amounts {
        let Ok(amount) = Quantity::from_value(amount) else { continue };
        if amount.is_negative() {
            faults.invalid(&path.key(name), &amount.units().into(), "must be a valid resource quantity");
        }
        if amount.is_negative() || amount.is_zero() {
            faults.invalid_text(&path.key(name), &amount.to_string(), "must be greater than zero");
        }
    }
}

/// The source and the mode of a volume stay, and where it can be reached.
pub(in super::super) fn volume_update(new: &Value, old: &Value, faults: &mut Faults) {
    let (new, old) = (&new["spec"], &old["spec"]);
    let path: Path<'_> = SPEC;
    if sources(new, old) != sources(old, old) {
        let why = "spec.persistentvolumesource is immutable after creation";
        faults.forbidden(&path.child("persistentvolumesource"), why);
    }
    faults.immutable(&Path::new("volumeMode"), new.get("volumeMode"), old.get("volumeMode"));
    let (now, before) = (new.get("nodeAffinity"), old.get("nodeAffinity"));
    if before.is_some() && now.map(stable_labels) != before.map(stable_labels) {
        let why = "field is immutable, except for updating from beta label to GA";
        faults.invalid(&Path::new("nodeAffinity"), now.unwrap_or(&Value::Null), why);
    }
    if old.get("volumeAttributesClassName").is_some() && new.get("volumeAttributesClassName").is_none() {
        faults.forbidden(&path.child("volumeAttributesClassName"), "update from non-nil value to nil is forbidden");
    }
}

/// The affinity with the labels of today.
fn stable_labels(affinity: &Value) -> Value {
    const NEWER: [(&str, &str); 5] = [
        ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
        ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
        ("beta.kubernetes.io/os", "kubernetes.io/os"),
        ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
        ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ];
    let mut affinity = affinity.clone();
    for term in affinity["required"]["nodeSelectorTerms"].as_array_mut().into_iter().flatten() {
        for requirement in term["matchExpressions"].as_array_mut().into_iter().flatten() {
            let newer = NEWER.iter().find(|(old, _)| text(requirement, "key") == *old);
            if let Some((_, newer)) = newer {
                requirement["key"] = (*newer).into();
            }
        }
    }
    affinity
}

/// The sources of `spec`, without a secret for growing that `old` had none of.
fn sources(spec: &Value, old: &Value) -> Map<String, Value> {
    let members = spec.as_object().cloned().unwrap_or_default().into_iter();
    let mut sources: Map<String, Value> = members.filter(|(name, _)| !NO_SOURCE.contains(&name.as_str())).collect();
    if old["csi"].get("controllerExpandSecretRef").is_none()
        && let Some(csi) = sources.get_mut("csi").and_then(Value::as_object_mut)
    {
        csi.shift_remove("controllerExpandSecretRef");
    }
    sources
}
