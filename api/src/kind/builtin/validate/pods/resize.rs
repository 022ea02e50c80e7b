//! Changes of pods through `resize`.

use serde_json::{Map, Value};

use super::super::{SPEC, list, text};
use super::annotations::MIRROR;
use super::windows::WINDOWS;
use crate::kind::builtin::qos_class;
use crate::kind::validate::{Faults, Path};

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
    if !list(&old["status"], "nodeAllocatableResourceClaimStatuses").is_empty() {
        faults.forbidden(&SPEC, "pods with node allocatable resource claims cannot be resized");
    }
    let (new, old) = (&new["spec"], &old["spec"]);
    whole(new, old, faults);
    if !same_containers(new, old, faults) {
        return;
    }
    let path: Path<'_> = SPEC;
    for field in ["initContainers", "containers"] {
        let path = path.child(field);
        for (at, (now, before)) in list(new, field).iter().zip(list(old, field)).enumerate() {
            kept(&now["resources"], &before["resources"], "resource", &path.index(at).child("resources"), faults);
        }
    }
    for (now, before) in list(new, "containers").iter().zip(list(old, "containers")) {
        if frozen(now) != frozen(before) {
            faults.forbidden(&SPEC, "only cpu and memory resources are mutable");
        }
    }
    let field = path.child("initContainers");
    for (at, (now, before)) in list(new, "initContainers").iter().zip(list(old, "initContainers")).enumerate() {
        initial(now, before, &field.index(at), faults);
    }
}

/// What the pod asks for as a whole.
fn whole(new: &Value, old: &Value, faults: &mut Faults) {
    let (now, before) = (&new["resources"], &old["resources"]);
    let path: Path<'_> = SPEC;
    let path = path.child("resources");
    if before.is_object() && !now.is_object() {
        return faults.forbidden(&path, "pod-level resources cannot be removed");
    }
    kept(now, before, "pod-level resource", &path, faults);
    let frozen = |resources: &Value| {
        let mut resources = resources.clone();
        freeze(&mut resources);
        if resources.is_null() { Value::Object(Map::new()) } else { resources }
    };
    if frozen(now) != frozen(before) {
        faults.forbidden(&SPEC, "only cpu and memory resources are mutable at pod-level");
    }
}

/// Whether each container is where it was: what is said of others would be said of the wrong ones.
fn same_containers(new: &Value, old: &Value, faults: &mut Faults) -> bool {
    let (path, before) = (SPEC, faults.len());
    for field in ["containers", "initContainers"] {
        let path = path.child(field);
        let (now, old) = (list(new, field), list(old, field));
        if now.len() != old.len() {
            faults.forbidden(&path, format!("{field} may not be added or removed on resize"));
            continue;
        }
        for (at, _) in now.iter().zip(old).enumerate().filter(|(_, (now, old))| text(now, "name") != text(old, "name")) {
            let why = format!("{field} may not be renamed or reordered on resize");
            faults.forbidden(&path.index(at).child("name"), why);
        }
    }
    faults.len() == before
}

/// Nothing asked for is given up.
fn kept(now: &Value, before: &Value, what: &str, path: &Path<'_>, faults: &mut Faults) {
    for field in ["requests", "limits"] {
        let mut names = before[field].as_object().into_iter().flatten().map(|(name, _)| name);
        if names.any(|name| now[field].get(name).is_none()) {
            faults.forbidden(&path.child(field), format!("{what} {field} cannot be removed"));
        }
    }
}

/// A container that runs to its end before the others is not started again for a resize.
fn initial(now: &Value, before: &Value, path: &Path<'_>, faults: &mut Faults) {
    if frozen(now) != frozen(before) {
        faults.forbidden(path, "only cpu and memory resources for init or sidecar containers are mutable");
    }
    let sidecar = text(now, "restartPolicy") == "Always";
    let restarts = list(now, "resizePolicy").iter().any(|policy| text(policy, "restartPolicy") == "RestartContainer");
    if now != before && !sidecar && restarts {
        let why = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
        faults.forbidden(path, why);
    }
}

/// The container without what a resize may change.
fn frozen(container: &Value) -> Value {
    let mut container = container.clone();
    if let Some(map) = container.as_object_mut() {
        map.shift_remove("resizePolicy");
    }
    freeze(&mut container["resources"]);
    container
}

/// Takes from resources what a resize may change, and what is empty then.
fn freeze(resources: &mut Value) {
    let Some(resources) = resources.as_object_mut() else { return };
    for field in ["limits", "requests"] {
        if let Some(amounts) = resources.get_mut(field).and_then(Value::as_object_mut) {
            amounts.retain(|name, _| !RESIZABLE.contains(&name.as_str()));
        }
    }
    resources.retain(|_, amounts| amounts.as_object().is_none_or(|amounts: &Map<String, Value>| !amounts.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn container(name: &str, memory: &str, more: Value) -> Value {
        let mut container =
            json!({"name": name, "image": "i", "resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": memory}}});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        container
    }

    fn told(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let old = json!({"spec": {
            "containers": [container("a", "4Gi", json!({})), container("b", "4Gi", json!({}))],
            "initContainers": [
                container("i", "4Gi", json!({})),
                container("s", "4Gi", json!({"restartPolicy": "Always", "resizePolicy": [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]})),
                container("r", "4Gi", json!({"resizePolicy": [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]})),
            ],
            "resources": {"requests": {"memory": "1Gi"}},
        }});
        let mut new = old.clone();
        change(&mut new["spec"]);
        let mut faults = Faults::default();
        resize(&new, &old, &mut faults);
        faults.into_errors().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn memory_may_grow_and_shrink_also_of_what_runs_first() {
        let none: [String; 0] = [];
        assert_eq!(told(|spec| spec["containers"][0]["resources"]["limits"]["memory"] = "3Gi".into()), none);
        assert_eq!(told(|spec| spec["initContainers"][0]["resources"]["limits"]["memory"] = "5Gi".into()), none);
        assert_eq!(told(|spec| spec["initContainers"][1]["resources"]["limits"]["memory"] = "5Gi".into()), none);
        assert_eq!(told(|spec| spec["resources"]["requests"]["memory"] = "2Gi".into()), none);
        assert_eq!(
            told(|spec| spec["initContainers"][2]["resources"]["limits"]["memory"] = "5Gi".into()),
            [
                "spec.initContainers[2]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized"
            ]
        );
    }

    #[test]
    fn containers_stay_where_they_are() {
        let why = "Forbidden: containers may not be renamed or reordered on resize";
        let swapped = told(|spec| spec["containers"].as_array_mut().unwrap().reverse());
        assert_eq!(swapped, [format!("spec.containers[0].name: {why}"), format!("spec.containers[1].name: {why}")]);
        let fewer = told(|spec| drop(spec["initContainers"].as_array_mut().unwrap().pop()));
        assert_eq!(fewer, ["spec.initContainers: Forbidden: initContainers may not be added or removed on resize"]);
    }

    #[test]
    fn nothing_else_is_given_or_taken() {
        let disk = |holder: &mut Value| holder["resources"]["limits"]["ephemeral-storage"] = "1Gi".into();
        assert_eq!(told(|spec| disk(&mut spec["containers"][0])), ["spec: Forbidden: only cpu and memory resources are mutable"]);
        assert_eq!(
            told(|spec| disk(&mut spec["initContainers"][0])),
            ["spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable"]
        );
        assert_eq!(told(disk), ["spec: Forbidden: only cpu and memory resources are mutable at pod-level"]);
        assert_eq!(
            told(|spec| drop(spec["containers"][0]["resources"].as_object_mut().unwrap().shift_remove("limits"))),
            ["spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed"]
        );
        assert_eq!(
            told(|spec| spec["resources"]["requests"] = json!({"cpu": "1"})),
            ["spec.resources.requests: Forbidden: pod-level resource requests cannot be removed"]
        );
        let gone = told(|spec| drop(spec.as_object_mut().unwrap().shift_remove("resources")));
        assert_eq!(gone, ["spec.resources: Forbidden: pod-level resources cannot be removed"]);
    }
}
