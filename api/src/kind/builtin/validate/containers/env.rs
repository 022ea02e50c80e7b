//! Environment variables and where they come from.

use serde_json::Value;

use super::super::format::env_name;
use super::super::{list, text};
use crate::kind::validate::{Faults, Path};
use crate::quantity::Quantity;
use crate::selector::label_key_faults;

const SOURCES: [&str; 5] = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const FILE_FIELDS: [&str; 5] = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const RESOURCES: [&str; 6] =
    ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];
const BYTES: [&str; 13] = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// One variable of a container.
pub(in super::super) fn variable(variable: &Value, path: &Path<'_>, faults: &mut Faults) {
    let name = text(variable, "name");
    if !name.is_empty() {
        for why in env_name(name) {
            faults.invalid_text(&path.child("name"), name, why);
        }
    }
    let Some(source) = variable.get("valueFrom") else { return };
    let field = path.child("valueFrom");
    let count = SOURCES.iter().filter(|field| source.get(**field).is_some()).count();
    if let Some(reference) = source.get("fieldRef") {
        field_path(reference, &FIELDS, &field.child("fieldRef"), faults);
    }
    if let Some(reference) = source.get("resourceFieldRef") {
        resource_field(reference, &field.child("resourceFieldRef"), faults);
    }
    if count == 0 {
        let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        faults.invalid_text(&field, "", why);
    } else if !text(variable, "value").is_empty() {
        faults.invalid_text(&field, "", "may not be specified when `value` is not empty");
    } else if count > 1 {
        faults.invalid_text(&field, "", "may not have more than one field specified at a time");
    }
}

/// The sources of whole sets of variables; faults are told of the list.
pub(super) fn sources(container: &Value, path: &Path<'_>, faults: &mut Faults) {
    for (at, source) in list(container, "envFrom").iter().enumerate() {
        let (field, prefix) = (path.index(at), text(source, "prefix"));
        if !prefix.is_empty() {
            for why in env_name(prefix) {
                faults.invalid_text(&field.child("prefix"), prefix, why);
            }
        }
        match ["configMapRef", "secretRef"].iter().filter(|kind| source.get(**kind).is_some()).count() {
            0 => faults.invalid_text(path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => faults.invalid_text(path, "", "may not have more than one field specified at a time"),
        }
    }
}

/// A file of the downward API: faults are told of `path`, that of its volume.
pub(in super::super) fn file(file: &Value, path: &Path<'_>, faults: &mut Faults) {
    let place = text(file, "path");
    if place.is_empty() {
        faults.required(&path.child("path"), "");
    }
    for why in super::super::format::plain_path(place) {
        faults.invalid_text(&path.child("path"), place, why);
    }
    match (file.get("fieldRef"), file.get("resourceFieldRef")) {
        (Some(reference), other) => {
            field_path(reference, &FILE_FIELDS, &path.child("fieldRef"), faults);
            if other.is_some() {
                faults.invalid_text(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
            }
        }
        (None, Some(reference)) => {
            let field = path.child("resourceFieldRef");
            if text(reference, "containerName").is_empty() {
                faults.required(&field.child("containerName"), "");
            } else {
                resource_field(reference, &field, faults);
            }
        }
        (None, None) => faults.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    if file.get("mode").and_then(Value::as_i64).is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        faults.invalid(&path.child("mode"), &file["mode"], "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

fn field_path(reference: &Value, known: &[&str], path: &Path<'_>, faults: &mut Faults) {
    let place = text(reference, "fieldPath");
    let field = path.child("fieldPath");
    if place.is_empty() {
        return faults.required(&field, "");
    }
    if !matches!(text(reference, "apiVersion"), "" | "v1") {
        return faults.invalid_text(
            &field,
            place,
            format!("error converting fieldPath: unsupported pod version: {}", text(reference, "apiVersion")),
        );
    }
    match place.strip_suffix("']").and_then(|place| place.split_once("['")) {
        Some(("metadata.annotations", key)) => {
            keys(&label_key_faults(&key.to_ascii_lowercase()), &key.to_ascii_lowercase(), path, faults)
        }
        Some(("metadata.labels", key)) => keys(&label_key_faults(key), key, path, faults),
        Some((before, _)) => {
            let why = format!("error converting fieldPath: field label does not support subscript: {before}");
            faults.invalid_text(&field, place, why);
        }
        None if known.contains(&place) => {}
        None if FIELDS.contains(&place) || FILE_FIELDS.contains(&place) => faults.unsupported(&field, place, known),
        None => faults.invalid_text(&field, place, format!("error converting fieldPath: field label not supported: {place}")),
    }
}

fn keys(found: &[String], key: &str, path: &Path<'_>, faults: &mut Faults) {
    for why in found {
        faults.invalid_text(path, key, why.as_str());
    }
}

fn resource_field(reference: &Value, path: &Path<'_>, faults: &mut Faults) {
    let resource = text(reference, "resource");
    let huge = ["requests.hugepages-", "limits.hugepages-"].iter().any(|prefix| resource.starts_with(prefix));
    if resource.is_empty() {
        faults.required(&path.child("resource"), "");
    } else if !RESOURCES.contains(&resource) && !huge {
        faults.unsupported(&path.child("resource"), resource, &RESOURCES);
    }
    let Some(divisor) =
        reference.get("divisor").and_then(|divisor| Quantity::from_value(divisor).ok()).filter(|divisor| !divisor.is_zero())
    else {
        return;
    };
    let (allowed, name): (&[&str], &str) = match resource.split_once('.').map(|(_, name)| name) {
        Some("cpu") => (&["1m", "1"], "cpu"),
        Some("memory") => (&BYTES, "memory"),
        Some("ephemeral-storage") => (&BYTES, "local ephemeral storage"),
        Some(_) if huge => (&BYTES, "hugepages"),
        _ => return,
    };
    if !allowed.contains(&divisor.to_string().as_str()) {
        let listed = if name == "cpu" { "1m and 1".to_owned() } else { BYTES.join(", ") };
        faults.invalid_text(
            &path.child("divisor"),
            resource,
            format!("only divisor's values {listed} are supported with the {name} resource"),
        );
    }
}
