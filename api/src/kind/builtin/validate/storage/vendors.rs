//! Volumes of single vendors.

use serde_json::Value;

use super::super::text;
use crate::kind::validate::{Faults, Path, dns_label_fault};

/// `core.v1.FlockerVolumeSource`: a data set by its name or by its identifier.
pub(in super::super) fn flocker(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (name, identifier) = (text(source, "datasetName"), text(source, "datasetUUID"));
    match (name.is_empty(), identifier.is_empty()) {
        (true, true) => faults.required(path, "one of datasetName and datasetUUID is required"),
        (false, false) => {
            faults.invalid_text(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")
        }
        _ => {}
    }
    if name.contains('/') {
        faults.invalid_text(&path.child("datasetName"), name, "must not contain '/'");
    }
}

/// `core.v1.QuobyteVolumeSource`: registries by host and port.
pub(in super::super) fn quobyte(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    const PAIRS: &str = "must be a host:port pair or multiple pairs separated by commas";
    let (registry, field) = (text(source, "registry"), path.child("registry"));
    if registry.is_empty() {
        return faults.required(&field, PAIRS);
    }
    if text(source, "tenant").len() > 64 {
        return faults.required(&path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters");
    }
    for _ in registry.split(',').filter(|pair| !is_host_and_port(pair)) {
        faults.invalid_text(&field, registry, PAIRS);
    }
}

/// Whether `pair` is split into host and port by its one colon that is outside of brackets.
fn is_host_and_port(pair: &str) -> bool {
    match pair.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => {
            let plain = |text: &str| !text.contains(['[', ']']);
            plain(host) && port.strip_prefix(':').is_some_and(|port| plain(port) && !port.contains(':'))
        }
        None => pair.matches(':').count() == 1 && !pair.contains(['[', ']']),
    }
}

/// `core.v1.AzureDiskVolumeSource`: where the disk is follows from its kind.
pub(in super::super) fn azure_disk(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    const MANAGED: &str = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
    const BLOB: &str = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
    let (place, kind) = (text(source, "diskURI"), source.get("kind").and_then(Value::as_str));
    let field = path.child("diskURI");
    match kind {
        Some("Managed") if !place.starts_with("/subscriptions/") => faults.unsupported(&field, place, &[MANAGED]),
        Some(kind) if kind != "Managed" && !place.starts_with("https://") => faults.unsupported(&field, place, &[BLOB]),
        _ => {}
    }
}

/// `core.v1.GlusterfsPersistentVolumeSource`: its endpoints may be in another namespace.
pub(in super::super) fn glusterfs(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("endpointsNamespace");
    match source.get("endpointsNamespace").and_then(Value::as_str) {
        Some("") => faults.invalid_text(&field, "", "if the endpointnamespace is set, it must be a valid namespace name"),
        Some(name) => {
            if let Some(why) = dns_label_fault(name) {
                faults.invalid_text(&field, name, why);
            }
        }
        None => {}
    }
}

/// `core.v1.AzureFilePersistentVolumeSource`: the namespace of its secret is named, where it is.
pub(in super::super) fn azure_file(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    if source.get("secretNamespace").and_then(Value::as_str) == Some("") {
        faults.required(&path.child("secretNamespace"), "");
    }
}

/// Volumes of a pod whose secret, where there is one, has a name.
pub(in super::super) fn secret_in_namespace(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    secret(source, &["name"], path, faults);
}

/// Volumes of the cluster whose secret, where there is one, has a name and a namespace.
pub(in super::super) fn secret_of_cluster(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    secret(source, &["name", "namespace"], path, faults);
}

pub(super) fn secret(source: &Value, fields: &[&str], path: &Path<'_>, faults: &mut Faults) {
    let Some(secret) = source.get("secretRef") else { return };
    let path = path.child("secretRef");
    for field in fields.iter().filter(|field| text(secret, field).is_empty()) {
        faults.required(&path.child(field), "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_one_colon_outside_of_brackets() {
        for (pair, is) in [
            ("a:1", true),
            ("[::1]:1", true),
            (":", true),
            ("a", false),
            ("a:1:2", false),
            ("::1", false),
            ("[::1]", false),
            ("[a:1", false),
        ] {
            assert_eq!(is_host_and_port(pair), is, "{pair}");
        }
    }
}
