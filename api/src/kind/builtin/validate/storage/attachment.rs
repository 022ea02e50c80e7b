//! Attachments of volumes to nodes.

use serde_json::Value;

use super::super::{SPEC, text};
use super::csi::driver_name;
use crate::kind::validate::{Faults, Path, dns_subdomain_fault};

/// One volume is attached: one of the cluster, or one that is told inline.
pub(in super::super) fn attachment(object: &Value, faults: &mut Faults) {
    let (path, source): (Path<'_>, _) = (SPEC, &object["spec"]["source"]);
    let field = path.child("source");
    let why = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (source.get("inlineVolumeSpec"), source.get("persistentVolumeName")) {
        (None, None) => faults.required(&field, why),
        (Some(_), Some(_)) => faults.forbidden(&field, why),
        (None, Some(name)) if name == "" => {
            faults.required(&field.child("persistentVolumeName"), "must specify non empty persistentVolumeName");
        }
        _ => {}
    }
}

/// What a new one is held to, and older ones are not.
pub(in super::super) fn attachment_create(object: &Value, faults: &mut Faults) {
    let (path, spec): (Path<'_>, _) = (SPEC, &object["spec"]);
    driver_name(text(spec, "attacher"), &path.child("attacher"), faults);
    let name = spec["source"].get("persistentVolumeName").and_then(Value::as_str);
    if let Some((name, why)) = name.and_then(|name| Some((name, dns_subdomain_fault(name)?))) {
        faults.invalid_text(&path.child("source").child("persistentVolumeName"), name, why);
    }
}

/// What is attached where stays.
pub(in super::super) fn attachment_update(new: &Value, old: &Value, faults: &mut Faults) {
    if new["spec"] != old["spec"] {
        faults.invalid(&SPEC, &new["spec"], "field is immutable");
    }
}
