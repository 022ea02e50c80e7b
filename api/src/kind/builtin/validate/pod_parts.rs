//! Changes of pods through `ephemeralcontainers` and `resize`.

use serde_json::Value;

use super::{SPEC, list, text};
use crate::kind::builtin::qos_class;
use crate::kind::validate::{Faults, Path};

/// Ephemeral containers only come.
pub(super) fn ephemeral_containers(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("ephemeralContainers");
    let now = list(&new["spec"], "ephemeralContainers");
    for before in list(&old["spec"], "ephemeralContainers") {
        let name = text(before, "name");
        match now.iter().find(|container| text(container, "name") == name) {
            None => faults.forbidden(&field, format!("existing ephemeral containers {name:?} may not be removed\n")),
            Some(container) if container != before => {
                faults.forbidden(&field, format!("existing ephemeral containers {name:?} may not be changed\n"));
            }
            Some(_) => {}
        }
    }
}

/// What runs may get more or less CPU and memory, in the same class.
pub(super) fn resize(new: &Value, old: &Value, faults: &mut Faults) {
    if qos_class(new) != qos_class(old) {
        faults.invalid_text(&SPEC, qos_class(new), "Pod QOS Class may not change as a result of resizing");
    }
    for field in ["containers", "initContainers"] {
        let path: Path<'_> = SPEC;
        let path = path.child(field);
        let (now, before) = (list(&new["spec"], field), list(&old["spec"], field));
        if now.len() != before.len() {
            faults.forbidden(&SPEC, "only cpu and memory resources are mutable");
            continue;
        }
        for (at, (now, before)) in now.iter().zip(before).enumerate() {
            container(now, before, &path.index(at), faults);
            let sidecar = field == "containers" || text(before, "restartPolicy") == "Always";
            if !sidecar && now["resources"] != before["resources"] {
                faults.forbidden(&path.index(at), "resources for non-sidecar init containers are immutable");
            }
        }
    }
}

fn container(now: &Value, before: &Value, path: &Path<'_>, faults: &mut Faults) {
    let fixed = |container: &Value| {
        let mut fixed = container.clone();
        if let Some(map) = fixed.as_object_mut() {
            map.shift_remove("resources");
            map.shift_remove("resizePolicy");
        }
        fixed
    };
    let resources = path.child("resources");
    let mut mutable = fixed(now) == fixed(before) && now["resources"]["claims"] == before["resources"]["claims"];
    for field in ["limits", "requests"] {
        let of = |container: &Value| container["resources"][field].as_object().cloned().unwrap_or_default();
        let (now, before) = (of(now), of(before));
        if before.keys().any(|name| matches!(name.as_str(), "cpu" | "memory") && !now.contains_key(name)) {
            faults.forbidden(&resources.child(field), format!("resource {field} cannot be removed"));
        }
        let others = |amounts: &serde_json::Map<String, Value>| {
            let mut amounts = amounts.clone();
            amounts.retain(|name, _| !matches!(name.as_str(), "cpu" | "memory"));
            amounts
        };
        mutable &= others(&now) == others(&before);
    }
    if !mutable {
        faults.forbidden(path, "only cpu and memory resources are mutable");
    }
}
