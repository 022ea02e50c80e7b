//! Defaults of the other kinds whose fields follow from one another.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{keep_in_step, part, set, text};

/// `stringData` is merged into `data`.
pub(super) fn secret(secret: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = secret.shift_remove("stringData") else { return };
    let data = secret.entry("data").or_insert_with(|| json!({}));
    let Some(data) = data.as_object_mut() else { return };
    for (key, text) in texts {
        data.insert(key, STANDARD.encode(text.as_str().unwrap_or_default()).into());
    }
}

/// A volume or claim waits to be bound unless its status says otherwise.
pub(super) fn pending(volume: &mut Map<String, Value>) {
    phase(volume, "Pending");
}

fn phase(object: &mut Map<String, Value>, first: &str) {
    if !object.get("status").is_some_and(Value::is_object) {
        object.insert("status".into(), json!({}));
    }
    if let Some(status) = part(object, "status") {
        set(status, "phase", first);
    }
}

/// A namespace is active unless its status says otherwise, and can be selected by its name.
pub(super) fn namespace(namespace: &mut Map<String, Value>) {
    phase(namespace, "Active");
    let Some(metadata) = part(namespace, "metadata") else { return };
    let name = text(metadata, "name").to_owned();
    if name.is_empty() {
        return;
    }
    if let Some(labels) = metadata.entry("labels").or_insert_with(|| json!({})).as_object_mut() {
        labels.insert("kubernetes.io/metadata.name".into(), name.into());
    }
}

/// All of a node's capacity can be allocated unless the node says otherwise.
pub(super) fn node(node: &mut Map<String, Value>) {
    let Some(status) = part(node, "status") else { return };
    if let Some(capacity) = status.get("capacity").cloned() {
        set(status, "allocatable", capacity);
    }
}

/// The range of a node is the first of its ranges.
pub(super) fn node_spec(spec: &mut Map<String, Value>) {
    keep_in_step(spec, "podCIDR", "podCIDRs", None);
}

/// Maxima are default limits, and those default requests, as are minima.
pub(super) fn limit_range_item(item: &mut Map<String, Value>) {
    if text(item, "type") != "Container" {
        return;
    }
    for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
        let Some(amounts) = item.get(from).and_then(Value::as_object).cloned() else { continue };
        if let Some(target) = item.entry(to).or_insert_with(|| json!({})).as_object_mut() {
            for (name, amount) in amounts {
                target.entry(name).or_insert(amount);
            }
        }
    }
}

/// Users and groups are known to RBAC alone.
pub(super) fn subject(subject: &mut Map<String, Value>) {
    if matches!(text(subject, "kind"), "User" | "Group") {
        set(subject, "apiGroup", "rbac.authorization.k8s.io");
    }
}

/// Names that follow from the kind.
pub(super) fn custom_resource_definition(spec: &mut Map<String, Value>) {
    let Some(names) = part(spec, "names") else { return };
    let kind = text(names, "kind").to_owned();
    if !kind.is_empty() {
        set(names, "singular", kind.to_ascii_lowercase());
        set(names, "listKind", format!("{kind}List"));
    }
}

/// Objects of a definition are stored in its storage version, where its status does not say.
pub(super) fn stored_versions(definition: &mut Map<String, Value>) {
    let mut versions = definition.get("spec").and_then(|spec| spec["versions"].as_array()).into_iter().flatten();
    let storage = versions.find(|version| version["storage"] == true).map(|version| version["name"].clone());
    let (Some(name), Some(status)) = (storage, definition.get_mut("status").and_then(Value::as_object_mut)) else { return };
    if status.get("storedVersions").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        status.insert("storedVersions".into(), Value::Array(vec![name]));
    }
}

/// A request for an exact number of devices is for one.
pub(super) fn device_request(request: &mut Map<String, Value>) {
    let none = request.get("count").is_none_or(|count| count == 0);
    if none && text(request, "allocationMode") == "ExactCount" {
        request.insert("count".into(), 1.into());
    }
}
