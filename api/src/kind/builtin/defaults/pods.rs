//! Defaults of pods and what they are made of.

use serde_json::{Map, Value, json};

use super::image::pull_policy;
use super::{keep_in_step, part, parts, pod_resources, set, text};

/// Requests are those limits that were given without a request; on the host's network a container's
/// ports are the host's. Templates leave both to their pods.
pub(super) fn pod(pod: &mut Map<String, Value>) {
    let Some(spec) = part(pod, "spec") else { return };
    let on_host = spec.get("hostNetwork") == Some(&Value::Bool(true));
    for list in ["containers", "initContainers"] {
        for container in parts(spec, list) {
            if let Some(resources) = part(container, "resources") {
                requests_from_limits(resources);
            }
            if on_host {
                host_ports(container);
            }
        }
    }
    pod_resources::complete(spec);
}

/// `serviceAccount` is another name of `serviceAccountName`, which goes before it; both are told.
pub(super) fn spec(spec: &mut Map<String, Value>) {
    let alias = text(spec, "serviceAccount").to_owned();
    if !alias.is_empty() {
        set(spec, "serviceAccountName", alias);
    }
    let name = text(spec, "serviceAccountName").to_owned();
    if !name.is_empty() {
        spec.insert("serviceAccount".into(), name.into());
    }
}

/// The address of a pod is the first of its addresses.
pub(super) fn status(status: &mut Map<String, Value>) {
    keep_in_step(status, "podIP", "podIPs", Some("ip"));
}

fn host_ports(container: &mut Map<String, Value>) {
    for port in parts(container, "ports") {
        let number = port.get("containerPort").cloned().unwrap_or_default();
        if port.get("hostPort").is_none_or(|port| port == 0) {
            port.insert("hostPort".into(), number);
        }
    }
}

fn requests_from_limits(resources: &mut Map<String, Value>) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    let requests = resources.entry("requests").or_insert_with(|| json!({}));
    let Some(requests) = requests.as_object_mut() else { return };
    for (name, limit) in limits {
        requests.entry(name).or_insert(limit);
    }
}

/// The image says how often it is pulled.
pub(super) fn container(container: &mut Map<String, Value>) {
    let policy = pull_policy(text(container, "image"));
    set(container, "imagePullPolicy", policy);
}

/// Signals to stop by are behind a gate that is shut in v1.36: as upstream, they are dropped.
pub(super) fn lifecycle(lifecycle: &mut Map<String, Value>) {
    lifecycle.shift_remove("stopSignal");
}

/// A volume without a source is an empty directory; one of an image is pulled as images of containers are.
pub(super) fn volume(volume: &mut Map<String, Value>) {
    if let Some(image) = part(volume, "image") {
        let policy = pull_policy(text(image, "reference"));
        set(image, "pullPolicy", policy);
    }
    if volume.keys().all(|field| field == "name") {
        volume.insert("emptyDir".into(), json!({}));
    }
}
