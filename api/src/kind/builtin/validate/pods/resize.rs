//! Changes of pods through `resize`.

use serde_json::{Map, Value};

use super::super::{SPEC, list, text};
use super::annotations::MIRROR;
use super::windows::WINDOWS;
use crate::kind::builtin::qos_class;
use crate::kind::validate::{Faults, Path};
use crate::quantity::Quantity;

const RESIZABLE: [&str; 2] = ["cpu", "memory"];

/// What runs may get more or less CPU and memory, in the same class.
pub(in super::super) fn resize(new: &Value, old: &Value, faults: &mut Faults) {
    if old["metadata"]["annotations"].get(MIRROR).is_some() {
        return faults.forbidden(&Path::new(""), "static pods cannot be resized");
    }
    if text(&old["spec"]["os"], "name") == WINDOWS {
        return faults.forbidden(&Path::new(""), "windows pods cannot be resized");
    }
    if qos_class(new) != qos_class(old) {
        faults.invalid_text(&SPEC, qos_class(new), "Pod QOS Class may not change as a result of resizing");
    }
    let statuses = list(&old["status"], "containerStatuses");
    let running = statuses.iter().find(|status| status["state"].get("running").is_some());
    if running.is_some_and(|status| status.get("resources").is_none()) {
        faults.forbidden(&SPEC, "Pod running on node without support for resize");
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
            let sidecar = field == "containers" || text(before, "restartPolicy") == "Always";
            if !sidecar {
                if now != before {
                    faults.forbidden(&SPEC, "resources for non-sidecar init containers are immutable");
                }
                continue;
            }
            let at = path.index(at);
            container(now, before, &at.child("resources"), faults);
            if frozen(now) != frozen(before) {
                let whose = if field == "containers" { "" } else { " for sidecar containers" };
                faults.forbidden(&SPEC, format!("only cpu and memory resources{whose} are mutable"));
            }
        }
    }
}

/// Nothing asked for is given up, and memory is taken away only where that restarts the container.
fn container(now: &Value, before: &Value, path: &Path<'_>, faults: &mut Faults) {
    let amounts = |container: &Value, field: &str| container["resources"][field].as_object().cloned().unwrap_or_default();
    for field in ["requests", "limits"] {
        let (now, before) = (amounts(now, field), amounts(before, field));
        if before.keys().any(|name| !now.contains_key(name)) {
            faults.forbidden(&path.child(field), format!("resource {field} cannot be removed"));
        }
    }
    let restarts = list(now, "resizePolicy").iter().find(|policy| policy["resourceName"] == "memory");
    if restarts.is_some_and(|policy| policy["restartPolicy"] == "RestartContainer") {
        return;
    }
    let limit = |container: &Value| Quantity::from_value(container["resources"]["limits"].get("memory")?).ok();
    if let (Some(now), Some(before)) = (limit(now), limit(before))
        && now < before
    {
        let limits = path.child("limits");
        let why = "memory limits cannot be decreased unless resizePolicy is RestartContainer";
        faults.forbidden(&limits.key("memory"), why);
    }
}

/// The container without what a resize may change.
fn frozen(container: &Value) -> Value {
    let mut container = container.clone();
    if let Some(map) = container.as_object_mut() {
        map.shift_remove("resizePolicy");
    }
    for field in ["limits", "requests"] {
        if let Some(amounts) = container["resources"].get_mut(field).and_then(Value::as_object_mut) {
            amounts.retain(|name, _| !RESIZABLE.contains(&name.as_str()));
        }
    }
    if let Some(resources) = container["resources"].as_object_mut() {
        resources.retain(|_, amounts| amounts.as_object().is_none_or(|amounts: &Map<String, Value>| !amounts.is_empty()));
    }
    container
}
