//! Where volumes appear in a container.

use serde_json::Value;

use super::super::format::{inside, no_backsteps};
use super::super::{list, text};
use super::Around;
use crate::kind::validate::{ByText, Distinct, Faults, Path};

/// The mounts and devices of `container` refer to volumes of its pod and stay inside them.
pub(super) fn all(container: &Value, around: &Around<'_>, path: &Path<'_>, faults: &mut Faults) {
    let (mounts, devices) = (list(container, "volumeMounts"), list(container, "volumeDevices"));
    let field = path.child("volumeMounts");
    let (named, placed) = (ByText::of(devices, "name"), ByText::of(devices, "devicePath"));
    let mut places = Distinct::default();
    for (at, mount) in mounts.iter().enumerate() {
        let (at_path, name, place) = (field.index(at), text(mount, "name"), text(mount, "mountPath"));
        if !around.has_volume(name) {
            faults.not_found(&at_path.child("name"), name);
        }
        if places.repeats(place) {
            faults.invalid_text(&at_path.child("mountPath"), place, "must be unique");
        }
        if named.has(name) {
            faults.invalid_text(&at_path.child("name"), name, "must not already exist in volumeDevices");
        }
        if placed.has(place) {
            faults.invalid_text(&at_path.child("mountPath"), place, "must not already exist as a path in volumeDevices");
        }
        sub_path(mount, &at_path, &field, faults);
        propagation(mount, container, &field, faults);
        read_only(mount, &field.child("recursiveReadOnly"), faults);
    }
    self::devices(devices, mounts, around, &path.child("volumeDevices"), faults);
}

/// Variables that are read from files are read from such as the pod itself writes.
pub(super) fn files(container: &Value, around: &Around<'_>, path: &Path<'_>, faults: &mut Faults) {
    let path = path.child("env");
    for (at, variable) in list(container, "env").iter().enumerate() {
        let Some(reference) = variable["valueFrom"].get("fileKeyRef") else { continue };
        let (name, at) = (text(reference, "volumeName"), path.index(at));
        let source = at.child("valueFrom.fileKeyRef");
        match around.is_written_by_pod(name) {
            None => faults.not_found(&source.child("volumeName"), name),
            Some(false) => faults.invalid_text(&source.child("volumeName"), name, "must be the name of an emptyDir volume"),
            Some(true) => {}
        }
    }
}

/// Upstream tells these faults of the whole list.
fn sub_path(mount: &Value, path: &Path<'_>, field: &Path<'_>, faults: &mut Faults) {
    for name in ["subPath", "subPathExpr"] {
        for why in inside(text(mount, name)) {
            faults.invalid_text(&field.child(name), text(mount, name), why);
        }
    }
    if !text(mount, "subPath").is_empty() && !text(mount, "subPathExpr").is_empty() {
        let expression = text(mount, "subPathExpr");
        faults.invalid_text(&path.child("subPathExpr"), expression, "subPathExpr and subPath are mutually exclusive");
    }
}

fn propagation(mount: &Value, container: &Value, field: &Path<'_>, faults: &mut Faults) {
    const MODES: [&str; 3] = ["Bidirectional", "HostToContainer", "None"];
    let field = field.child("mountPropagation");
    faults.one_of(&field, mount.get("mountPropagation"), &MODES);
    if mount["mountPropagation"] == "Bidirectional" && container["securityContext"]["privileged"] != true {
        faults.forbidden(&field, "Bidirectional mount propagation is available only to privileged containers");
    }
}

fn read_only(mount: &Value, field: &Path<'_>, faults: &mut Faults) {
    match mount.get("recursiveReadOnly").and_then(Value::as_str) {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if mount["readOnly"] != true {
                faults.forbidden(field, "may only be specified when readOnly is true");
            }
            if !matches!(text(mount, "mountPropagation"), "" | "None") {
                faults.forbidden(field, "may only be specified when mountPropagation is None or not specified");
            }
        }
        Some(other) => faults.unsupported(field, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

fn devices(devices: &[Value], mounts: &[Value], around: &Around<'_>, field: &Path<'_>, faults: &mut Faults) {
    let (named, placed) = (ByText::of(mounts, "name"), ByText::of(mounts, "mountPath"));
    let (mut names, mut places) = (Distinct::default(), Distinct::default());
    for (at, device) in devices.iter().enumerate() {
        let (at_path, name, place) = (field.index(at), text(device, "name"), text(device, "devicePath"));
        if names.repeats(name) {
            faults.invalid_text(&at_path.child("name"), name, "must be unique");
        }
        match around.is_claim(name) {
            Some(true) => {}
            Some(false) => faults.invalid_text(
                &at_path.child("name"),
                name,
                "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
            ),
            None => faults.not_found(&at_path.child("name"), name),
        }
        if places.repeats(place) {
            faults.invalid_text(&at_path.child("devicePath"), place, "must be unique");
        }
        if !no_backsteps(place).is_empty() {
            faults.invalid_text(&at_path.child("devicePath"), place, "can not contain backsteps ('..')");
        }
        if named.has(name) {
            faults.invalid_text(&at_path.child("name"), name, "must not already exist in volumeMounts");
        }
        if placed.has(place) {
            faults.invalid_text(&at_path.child("devicePath"), place, "must not already exist as a path in volumeMounts");
        }
    }
}
