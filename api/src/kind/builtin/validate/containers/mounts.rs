//! Where volumes appear in a container.

use serde_json::Value;

use super::super::{list, text};
use crate::kind::validate::{Faults, Path};

/// The mounts and devices of `container` refer to `volumes` and stay inside them.
pub(super) fn all(container: &Value, path: &Path<'_>, volumes: &[Value], faults: &mut Faults) {
    for list_name in ["volumeMounts", "volumeDevices"] {
        for (at, mount) in list(container, list_name).iter().enumerate() {
            let field = path.child(list_name);
            let at = field.index(at);
            let name = text(mount, "name");
            if !name.is_empty() && !volumes.iter().any(|volume| text(volume, "name") == name) {
                faults.not_found(&at.child("name"), name);
            }
            sub_path(mount, &at, faults);
        }
    }
}

fn sub_path(mount: &Value, path: &Path<'_>, faults: &mut Faults) {
    for field in ["subPath", "subPathExpr"] {
        inside(text(mount, field), &path.child(field), faults);
    }
    if mount.get("subPath").is_some_and(|text| text != "") && mount.get("subPathExpr").is_some_and(|text| text != "") {
        faults.invalid_text(
            &path.child("subPathExpr"),
            text(mount, "subPathExpr"),
            "subPathExpr and subPath are mutually exclusive",
        );
    }
}

/// A path that must not lead out of a volume.
pub(in crate::kind::builtin::validate) fn inside(place: &str, path: &Path<'_>, faults: &mut Faults) {
    if place.starts_with('/') {
        faults.invalid_text(path, place, "must be a relative path");
    }
    if place.split('/').any(|part| part == "..") {
        faults.invalid_text(path, place, "must not contain '..'");
    }
}
