//! Defaults of pods and what they are made of.

use serde_json::{Map, Value, json};

use super::{part, parts, set, text};

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

/// An image without a tag, or with `latest`, is always pulled.
pub(super) fn container(container: &mut Map<String, Value>) {
    let policy = if is_latest(text(container, "image")) { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", policy);
}

fn is_latest(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or_default();
    match name.split_once('@') {
        Some((_, digest)) => digest.is_empty(),
        None => name.split_once(':').is_none_or(|(_, tag)| tag == "latest"),
    }
}

/// A volume without a source is an empty directory; one of an image is pulled as images of containers are.
pub(super) fn volume(volume: &mut Map<String, Value>) {
    if let Some(image) = part(volume, "image") {
        let policy = if is_latest(text(image, "reference")) { "Always" } else { "IfNotPresent" };
        set(image, "pullPolicy", policy);
    }
    if volume.keys().all(|field| field == "name") {
        volume.insert("emptyDir".into(), json!({}));
    }
}
