//! Secrets that volumes refer to.

use serde_json::Value;

/// Where the source of a PersistentVolume names a Secret that the kubelet needs: the source, the members of it that say the
/// Secret's name and its namespace, and whether that of the volume's claim is meant where it says none (upstream's
/// `VisitPVSecretNames`). What only controllers need is not here.
const PLACES: [(&str, &str, &str, bool); 11] = [
    ("azureFile", "/secretName", "/secretNamespace", true),
    ("cephfs", "/secretRef/name", "/secretRef/namespace", true),
    ("cinder", "/secretRef/name", "/secretRef/namespace", false),
    ("csi", "/nodeExpandSecretRef/name", "/nodeExpandSecretRef/namespace", false),
    ("csi", "/nodePublishSecretRef/name", "/nodePublishSecretRef/namespace", false),
    ("csi", "/nodeStageSecretRef/name", "/nodeStageSecretRef/namespace", false),
    ("flexVolume", "/secretRef/name", "/secretRef/namespace", true),
    ("iscsi", "/secretRef/name", "/secretRef/namespace", true),
    ("rbd", "/secretRef/name", "/secretRef/namespace", true),
    ("scaleIO", "/secretRef/name", "/secretRef/namespace", true),
    ("storageos", "/secretRef/name", "/secretRef/namespace", false),
];

/// Whether `volume` refers to the Secret `name` of `namespace`.
pub(super) fn refers_to(volume: &Value, namespace: &str, name: &str) -> bool {
    let text = |value: &'_ Value, place: &str| value.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
    PLACES.iter().any(|(source, named, within, of_claim)| {
        let Some(source) = volume.pointer(&format!("/spec/{source}")).filter(|_| !name.is_empty()) else { return false };
        let mut found = text(source, within);
        if found.is_empty() && *of_claim {
            found = text(volume, "/spec/claimRef/namespace");
        }
        text(source, named) == name && found == namespace
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_of_volumes_are_in_the_namespace_they_say_or_in_that_of_the_claim() {
        let volume = |spec: Value| {
            let mut volume = json!({"spec": spec});
            volume["spec"]["claimRef"] = json!({"namespace": "shop", "name": "data"});
            volume
        };
        let reference = json!({"name": "key", "namespace": "vault"});
        for place in ["nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"] {
            let csi = volume(json!({"csi": {place: reference}}));
            assert!(refers_to(&csi, "vault", "key") && !refers_to(&csi, "shop", "key") && !refers_to(&csi, "vault", "other"));
        }
        for place in ["controllerPublishSecretRef", "controllerExpandSecretRef"] {
            assert!(!refers_to(&volume(json!({"csi": {place: reference}})), "vault", "key"), "{place}");
        }
        for source in ["rbd", "cephfs", "iscsi", "flexVolume", "scaleIO"] {
            let unnamed = volume(json!({source: {"secretRef": {"name": "key"}}}));
            assert!(refers_to(&unnamed, "shop", "key") && !refers_to(&unnamed, "vault", "key"), "{source}");
        }
        let share = volume(json!({"azureFile": {"secretName": "key", "secretNamespace": "vault"}}));
        assert!(refers_to(&share, "vault", "key") && !refers_to(&share, "shop", "key"));
        assert!(!refers_to(&volume(json!({"cinder": {"secretRef": {"name": "key"}}})), "shop", "key"));
    }
}
