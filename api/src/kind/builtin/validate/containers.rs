//! Containers of a pod.

use serde_json::Value;

mod env;
mod mounts;
mod ports;
mod probes;
mod resources;

pub(super) use mounts::inside;
pub(super) use ports::reference as port_reference;

use super::{list, text};
use crate::kind::validate::{Faults, Path};

/// All containers of a pod spec at `path`.
pub(super) fn all(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let volumes = list(spec, "volumes");
    let init = list(spec, "initContainers");
    for (at, container) in init.iter().enumerate() {
        let field = path.child("initContainers");
        let at = field.index(at);
        one(container, &at, volumes, faults);
        if text(container, "restartPolicy") != "Always" {
            only_main(container, &at, faults);
        }
    }
    for (at, container) in list(spec, "containers").iter().enumerate() {
        let field = path.child("containers");
        let at = field.index(at);
        one(container, &at, volumes, faults);
        if init.iter().any(|other| other.get("name") == container.get("name") && other.get("name").is_some()) {
            faults.duplicate(&at.child("name"), &container["name"]);
        }
    }
    ports::host_ports(list(spec, "containers"), &path.child("containers"), faults);
}

fn one(container: &Value, path: &Path<'_>, volumes: &[Value], faults: &mut Faults) {
    let image = text(container, "image");
    if image.trim() != image {
        faults.invalid_text(&path.child("image"), image, "must not have leading or trailing whitespace");
    }
    env::all(list(container, "env"), &path.child("env"), faults);
    env::sources(list(container, "envFrom"), &path.child("envFrom"), faults);
    mounts::all(container, path, volumes, faults);
    ports::all(list(container, "ports"), &path.child("ports"), faults);
    resources::requirements(&container["resources"], &path.child("resources"), faults);
    probes::all(container, path, faults);
    privileges(&container["securityContext"], &path.child("securityContext"), faults);
}

fn only_main(container: &Value, path: &Path<'_>, faults: &mut Faults) {
    for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(field).is_some() {
            faults.forbidden(&path.child(field), "may not be set for init containers without restartPolicy=Always");
        }
    }
}

fn privileges(context: &Value, path: &Path<'_>, faults: &mut Faults) {
    let adds_admin = list(&context["capabilities"], "add").iter().any(|name| name == "CAP_SYS_ADMIN");
    if context["allowPrivilegeEscalation"] != false {
        return;
    }
    if context["privileged"] == true {
        faults.invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    }
    if adds_admin {
        faults.invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
    }
}
