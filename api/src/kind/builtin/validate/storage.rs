//! Volumes and claims.

use serde_json::{Map, Value};

use super::{SPEC, list};
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

pub(super) fn volume(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    if spec["capacity"].get("storage").is_none() {
        faults.required(&path.child("capacity"), "");
    }
    access_modes(spec, &path, faults);
    let mut sources = sources(spec).into_iter();
    if sources.next().is_none() {
        faults.required(&path, "must specify a volume type");
    }
    for (extra, _) in sources {
        faults.forbidden(&path.child(&extra), "may not specify more than 1 volume type");
    }
}

pub(super) fn volume_update(new: &Value, old: &Value, faults: &mut Faults) {
    if sources(&new["spec"]) != sources(&old["spec"]) {
        let path: Path<'_> = SPEC;
        let why = "spec.persistentvolumesource is immutable after creation";
        faults.forbidden(&path.child("persistentvolumesource"), why);
    }
}

pub(super) fn claim(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    access_modes(spec, &path, faults);
    match spec["resources"]["requests"].get("storage") {
        None => faults.required(&path.child("resources").key("storage"), ""),
        Some(size) if Quantity::from_value(size).is_ok_and(|size| size.is_zero() || size.is_negative()) => {
            faults.invalid(&path.child("resources").key("storage"), size, "must be greater than zero");
        }
        Some(_) => {}
    }
}

/// A claim may grow, and be bound.
pub(super) fn claim_update(new: &Value, old: &Value, faults: &mut Faults) {
    let fixed = |object: &Value| {
        let members = object["spec"].as_object().cloned().unwrap_or_default().into_iter();
        let may_change =
            |name: &str| matches!(name, "resources" | "volumeName" | "storageClassName" | "volumeAttributesClassName");
        members.filter(|(name, _)| !may_change(name)).collect::<Map<_, _>>()
    };
    let bound = |object: &Value| object["spec"]["volumeName"].as_str().unwrap_or_default().to_owned();
    let renamed = !bound(old).is_empty() && bound(new) != bound(old);
    let reclassed = new["spec"].get("storageClassName") != old["spec"].get("storageClassName")
        && old["spec"].get("storageClassName").is_some();
    if fixed(new) != fixed(old) || renamed || reclassed {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        faults.forbidden(&SPEC, why);
    }
    let size = |object: &Value| Quantity::from_value(&object["spec"]["resources"]["requests"]["storage"]).ok();
    if size(new) < size(old) {
        let path: Path<'_> = SPEC;
        let why = "field can not be less than status.capacity";
        faults.forbidden(&path.child("resources.requests.storage"), why);
    }
}

fn access_modes(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    let unknown = list(spec, "accessModes").iter().filter_map(Value::as_str).find(|mode| !MODES.contains(mode));
    if let Some(mode) = unknown {
        faults.unsupported(&path.child("accessModes"), mode, &MODES);
    }
}

fn sources(spec: &Value) -> Map<String, Value> {
    let members = spec.as_object().cloned().unwrap_or_default().into_iter();
    members.filter(|(name, _)| !NO_SOURCE.contains(&name.as_str())).collect()
}
