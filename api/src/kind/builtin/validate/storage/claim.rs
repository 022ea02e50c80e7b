//! Claims to volumes, and the templates of claims.

use serde_json::{Map, Value};

use super::super::{SPEC, list, text};
use crate::kind::validate::{Faults, Path, dns_label_fault, dns_subdomain_fault};
use crate::quantity::Quantity;

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// `core.v1.PersistentVolumeClaimSpec`.
pub(in super::super) fn claim_spec(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    if list(spec, "accessModes").is_empty() {
        faults.required(&path.child("accessModes"), "at least 1 access mode is required");
    }
    access_modes(spec, path, faults);
    let resources = path.child("resources");
    let field = resources.key("storage");
    match spec["resources"]["requests"].get("storage") {
        None => faults.required(&field, ""),
        Some(size) => {
            if let Ok(size) = Quantity::from_value(size)
                && (size.is_zero() || size.is_negative())
            {
                faults.invalid_text(&field, &size.to_string(), "must be greater than zero");
            }
        }
    }
    for source in ["dataSource", "dataSourceRef"] {
        if let Some(reference) = spec.get(source) {
            data_source(reference, &path.child(source), faults);
        }
    }
    let (source, reference) = (spec.get("dataSource"), spec.get("dataSourceRef"));
    let Some((source, reference)) = source.zip(reference) else { return };
    let shown = path.child("dataSource").to_string();
    if !text(reference, "namespace").is_empty() {
        faults.invalid_text(path, &shown, "may not be specified when dataSourceRef.namespace is specified");
    } else if ["apiGroup", "kind", "name"].iter().any(|field| source.get(*field) != reference.get(*field)) {
        faults.invalid_text(path, &shown, "must match dataSourceRef");
    }
}

fn data_source(reference: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (group, kind) = (text(reference, "apiGroup"), text(reference, "kind"));
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        faults.invalid_text(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    }
    if let Some(why) = dns_subdomain_fault(group).filter(|_| !group.is_empty()) {
        faults.invalid_text(&path.child("apiGroup"), group, why);
    }
    let namespace = text(reference, "namespace");
    if let Some(why) = dns_label_fault(namespace).filter(|_| !namespace.is_empty()) {
        faults.invalid_text(&path.child("namespace"), namespace, why);
    }
}

/// Known modes; the one for a single pod stands alone.
pub(super) fn access_modes(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("accessModes");
    let modes: Vec<&str> = list(spec, "accessModes").iter().filter_map(Value::as_str).collect();
    for mode in modes.iter().filter(|mode| !MODES.contains(mode)) {
        faults.unsupported(&field, mode, &MODES);
    }
    let single = |mode: &&str| *mode == "ReadWriteOncePod";
    if modes.iter().any(single) && modes.iter().any(|mode| !single(mode) && MODES.contains(mode)) {
        faults.forbidden(&field, "may not use ReadWriteOncePod with other access modes");
    }
}

/// The metadata of a template of claims: labels and annotations, nothing else.
pub(in super::super) fn metadata_of_template(template: &Value, path: &Path<'_>, faults: &mut Faults) {
    let meta = path.child("metadata");
    for (field, value) in template["metadata"].as_object().into_iter().flatten() {
        if !matches!(field.as_str(), "labels" | "annotations" | "creationTimestamp") && !value.is_null() {
            faults.forbidden(&meta.child(field), "cannot be set");
        }
    }
}

/// A claim is bound once; a bound one may ask for more, or for another class of attributes.
pub(in super::super) fn claim_update(new: &Value, old: &Value, faults: &mut Faults) {
    let (now, before) = (&new["spec"], &old["spec"]);
    let bound = new["status"]["phase"] == "Bound";
    let path: Path<'_> = SPEC;
    class_annotation(new, old, faults);
    if fixed(now, old, bound) != fixed(before, old, bound) {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        faults.forbidden(&path, why);
    }
    let size = |holder: &Value| Quantity::from_value(&holder["storage"]).unwrap_or_default();
    let (wanted, asked) = (size(&now["resources"]["requests"]), size(&before["resources"]["requests"]));
    if wanted < asked && wanted <= size(&old["status"]["capacity"]) {
        faults.forbidden(&path.child("resources.requests.storage"), "field can not be less than status.capacity");
    }
    faults.immutable(&Path::new("volumeMode"), now.get("volumeMode"), before.get("volumeMode"));
    // A class that was not applied yet may be given up.
    let applied = old["status"].get("currentVolumeAttributesClassName").is_some();
    if applied && before.get("volumeAttributesClassName").is_some() && now.get("volumeAttributesClassName").is_none() {
        let why = "update to nil is forbidden when status.currentVolumeAttributesClassName is not nil";
        faults.forbidden(&path.child("volumeAttributesClassName"), why);
    }
}

fn class_annotation(new: &Value, old: &Value, faults: &mut Faults) {
    let of = |object: &Value| text(&object["metadata"]["annotations"], CLASS_ANNOTATION).to_owned();
    let moved = new["spec"]["storageClassName"] == *of(old) && old["spec"].get("storageClassName").is_none();
    if of(new) != of(old) && !(moved && of(new).is_empty()) {
        let path = Path::new("metadata.annotations");
        faults.invalid_text(&path.child(CLASS_ANNOTATION), &of(new), "field is immutable");
    }
}

/// The spec without what may change of the claim that was `old`.
fn fixed(spec: &Value, old: &Value, bound: bool) -> Map<String, Value> {
    let mut spec = spec.as_object().cloned().unwrap_or_default();
    let old = &old["spec"];
    if text(old, "volumeName").is_empty() {
        spec.shift_remove("volumeName");
    }
    if old.get("storageClassName").is_none() {
        spec.shift_remove("storageClassName");
    }
    // Defaults that came later complete each other.
    if old.get("dataSource").is_none() != old.get("dataSourceRef").is_none() {
        spec.shift_remove("dataSource");
        spec.shift_remove("dataSourceRef");
    }
    if bound {
        spec.shift_remove("volumeAttributesClassName");
        if let Some(requests) = spec.get_mut("resources").and_then(|resources| resources.get_mut("requests")) {
            requests.as_object_mut().map(|requests| requests.shift_remove("storage"));
        }
    }
    spec
}

/// What is told of a claim: amounts that are not negative, and known states of a resize.
pub(in super::super) fn claim_status(new: &Value, _old: &Value, faults: &mut Faults) {
    const STATES: [&str; 5] = [
        "ControllerResizeInProgress",
        "ControllerResizeInfeasible",
        "NodeResizePending",
        "NodeResizeInProgress",
        "NodeResizeInfeasible",
    ];
    let path = Path::new("status");
    let status = &new["status"];
    for field in ["capacity", "allocatedResources"] {
        let field_path = path.child(field);
        for (name, amount) in status[field].as_object().into_iter().flatten() {
            if let Ok(amount) = Quantity::from_value(amount)
                && amount.is_negative()
            {
                faults.invalid(&field_path.key(name), &amount.units().into(), "must be a valid resource quantity");
            }
        }
    }
    for (name, state) in status["allocatedResourceStatuses"].as_object().into_iter().flatten() {
        if !STATES.contains(&state.as_str().unwrap_or_default()) {
            faults.unsupported(&path.child("allocatedResourceStatus"), name, &STATES);
        }
    }
}
