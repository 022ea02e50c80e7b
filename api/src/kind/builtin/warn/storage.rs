//! Volumes and what leads to them.

use serde_json::Value;

use super::{containers, labels, list, text};
use crate::kind::validate::Path;

/// Sources of volumes that are no longer there.
const SOURCES: [(&str, &str); 9] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn source(volume: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    for (name, why) in SOURCES.iter().filter(|(name, _)| volume.get(name).is_some()) {
        let name = if *name == "storageos" { "storageOS" } else { name };
        found.push(format!("{}: {why}", path.child(name)));
    }
}

pub(super) fn sources(volumes: &[Value], path: &Path<'_>, found: &mut Vec<String>) {
    for (at, volume) in volumes.iter().enumerate() {
        let path = path.index(at);
        source(volume, &path, found);
        let template = &volume["ephemeral"]["volumeClaimTemplate"]["spec"];
        let field = path.child("ephemeral.volumeClaimTemplate.spec.resources.requests");
        containers::fractions(&template["resources"]["requests"], &field, found);
    }
}

fn class_note(object: &Value, found: &mut Vec<String>) {
    if object["metadata"]["annotations"].get(CLASS).is_some() {
        let why = "deprecated since v1.8; use \"storageClassName\" attribute instead";
        found.push(format!("metadata.annotations[{CLASS}]: {why}"));
    }
}

pub(super) fn volume(object: &Value, found: &mut Vec<String>) {
    let (spec, path) = (&object["spec"], Path::new("spec"));
    class_note(object, found);
    if text(spec, "persistentVolumeReclaimPolicy") == "Recycle" {
        let why = "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
        found.push(format!("spec.persistentVolumeReclaimPolicy: {why}"));
    }
    labels::terms(&spec["nodeAffinity"]["required"], &path.child("nodeAffinity.required"), found);
    source(spec, &path, found);
}

pub(super) fn claim(object: &Value, found: &mut Vec<String>) {
    class_note(object, found);
    containers::fractions(&object["spec"]["resources"]["requests"], &Path::new("spec.resources.requests"), found);
}

pub(super) fn class(object: &Value, found: &mut Vec<String>) {
    let field = Path::new("allowedTopologies");
    for (at, topology) in list(object, "allowedTopologies").iter().enumerate() {
        let path = field.index(at);
        let path = path.child("matchLabelExpressions");
        for (at, expression) in list(topology, "matchLabelExpressions").iter().enumerate() {
            let why = labels::old(text(expression, "key"));
            found.extend(why.map(|why| format!("{}: {why}", path.index(at).child("key"))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn old_storage_is_told() {
        let mut found = Vec::new();
        volume(&json!({"spec": {"rbd": {}, "persistentVolumeReclaimPolicy": "Recycle"}}), &mut found);
        assert!(found[0].starts_with("spec.persistentVolumeReclaimPolicy: The Recycle"));
        assert_eq!(found[1], "spec.rbd: deprecated in v1.28, non-functional in v1.31+");
        let mut found = Vec::new();
        claim(&json!({"spec": {"resources": {"requests": {"storage": "1500m"}}}}), &mut found);
        assert_eq!(found, ["spec.resources.requests[storage]: fractional byte value \"1500m\" is invalid, must be an integer"]);
    }
}
