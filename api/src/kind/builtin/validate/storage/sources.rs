//! The sources of volumes.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::super::containers::downward_file;
use super::super::format::plain_path;
use super::super::{flag, list, number, text};
use crate::kind::validate::{Distinct, Faults, Path};

/// Sources in the order in which upstream looks for them.
const ORDER: [&str; 31] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
    "local",
];

static INITIATOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"iqn\.\d{4}-\d{2}\.([[:alnum:]\-.]+)(:[^,;*&$|\s]+)$|^eui.[[:alnum:]]{16}$|^naa.[[:alnum:]]{32}$").ok()
});

/// Faults of all sources of `holder` but the first: nothing else is said of these.
pub(super) fn only_one(holder: &Value, path: &Path<'_>, faults: &mut Faults) {
    let mut given = ORDER.iter().filter(|source| holder.get(**source).is_some());
    if given.next().is_none() {
        faults.required(path, "must specify a volume type");
    }
    for extra in given {
        faults.forget_inside(&path.child(extra));
        faults.forbidden(&path.child(extra), "may not specify more than 1 volume type");
    }
}

/// `core.v1.Volume`: one source.
pub(in super::super) fn volume(volume: &Value, path: &Path<'_>, faults: &mut Faults) {
    only_one(volume, path, faults);
    let limit = &volume["emptyDir"]["sizeLimit"];
    if crate::quantity::Quantity::from_value(limit).is_ok_and(crate::quantity::Quantity::is_negative) {
        let source = path.child("emptyDir");
        faults.forbidden(&source.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
    }
    let name = text(volume, "name");
    if is_long_initiated(&volume["iscsi"], name) {
        faults.invalid_text(&path.child("name"), name, LONG_INITIATED);
    }
}

const LONG_INITIATED: &str =
    "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

/// Whether the interface that is made for `source` of the volume called `name` gets too long a name.
fn is_long_initiated(source: &Value, name: &str) -> bool {
    source.get("initiatorName").is_some() && name.len() + 1 + text(source, "targetPortal").len() > 64
}

/// The same of a volume of the cluster.
pub(super) fn long_initiated(object: &Value, path: &Path<'_>, faults: &mut Faults) {
    let source = &object["spec"]["iscsi"];
    if is_long_initiated(source, text(&object["metadata"], "name")) {
        let path = path.child("iscsi");
        faults.invalid_text(&path.child("targetportal"), text(source, "targetPortal"), LONG_INITIATED);
    }
}

/// `core.v1.DownwardAPIVolumeSource` and `core.v1.DownwardAPIProjection`: faults of files are told of the source.
pub(in super::super) fn downward(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    for item in list(source, "items") {
        downward_file(item, path, faults);
    }
}

/// `core.v1.ProjectedVolumeSource`: one thing for each source, each path once.
pub(in super::super) fn projected(volume: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("sources");
    let mut taken = Distinct::default();
    for (at, source) in list(volume, "sources").iter().enumerate() {
        let at = field.index(at);
        if let Some(token) = source.get("serviceAccountToken") {
            service_account_token(token, &at.child("serviceAccountToken"), path, faults);
        }
        if let Some(bundle) = source.get("clusterTrustBundle") {
            trust_bundle(bundle, &at.child("clusterTrustBundle"), faults);
        }
        for kind in ["secret", "configMap", "downwardAPI"] {
            for item in list(&source[kind], "items") {
                let place = text(item, "path");
                if !place.is_empty() && taken.repeats(place) {
                    let shown = if kind == "downwardAPI" { place } else { text(&source[kind], "name") };
                    faults.invalid_text(path, shown, "conflicting duplicate paths");
                }
            }
        }
        if source.as_object().is_some_and(|kinds| kinds.len() > 1) {
            faults.forbidden(&at, "may not specify more than 1 volume type per source");
        }
    }
}

/// Upstream tells faults of the path of the whole volume.
fn service_account_token(token: &Value, path: &Path<'_>, volume: &Path<'_>, faults: &mut Faults) {
    let seconds = number(token, "expirationSeconds");
    if seconds < 600 {
        faults.invalid(&path.child("expirationSeconds"), &seconds.into(), "may not specify a duration less than 10 minutes");
    }
    if seconds > 1 << 32 {
        faults.invalid(&path.child("expirationSeconds"), &seconds.into(), "may not specify a duration larger than 2^32 seconds");
    }
    let place = text(token, "path");
    if place.is_empty() {
        faults.required(&volume.child("path"), "");
    }
    for why in plain_path(place) {
        faults.invalid_text(&volume.child("path"), place, why);
    }
}

fn trust_bundle(bundle: &Value, path: &Path<'_>, faults: &mut Faults) {
    match (bundle.get("name"), bundle.get("signerName")) {
        (Some(_), Some(_)) => faults.invalid(path, bundle, "only one of name and signerName may be used"),
        (Some(name), None) => {
            if name == "" {
                faults.required(&path.child("name"), "must be a valid object name");
            }
            if let Some(selector) = bundle.get("labelSelector") {
                faults.invalid(&path.child("labelSelector"), selector, "labelSelector must be unset if name is specified");
            }
        }
        (None, Some(signer)) if signer == "" => faults.required(&path.child("signerName"), "must be a valid signer name"),
        (None, Some(_)) => {}
        (None, None) => faults.required(path, "either name or signerName must be specified"),
    }
}

/// `core.v1.FCVolumeSource`: by world wide names and a unit, or by identifiers.
pub(in super::super) fn fc(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (names, identifiers) = (list(source, "targetWWNs"), list(source, "wwids"));
    let field = path.child("targetWWNs");
    match (names.is_empty(), identifiers.is_empty()) {
        (true, true) => faults.required(&field, "must specify either targetWWNs or wwids, but not both"),
        (false, false) => {
            faults.invalid(&field, &source["targetWWNs"], "targetWWNs and wwids can not be specified simultaneously")
        }
        _ => {}
    }
    if !names.is_empty() {
        match source.get("lun") {
            None => faults.required(&path.child("lun"), "lun is required if targetWWNs is specified"),
            lun => faults.in_range(&path.child("lun"), lun, 0, 255),
        }
    }
}

/// `core.v1.ISCSIVolumeSource` and the same of the cluster.
pub(in super::super) fn iscsi(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    for (field, shown) in [("iqn", "iqn"), ("initiatorName", "initiatorname")] {
        let name = source.get(field).and_then(Value::as_str);
        let Some(name) = name.filter(|name| !name.is_empty() || field == "initiatorName") else { continue };
        if !["iqn", "eui", "naa"].iter().any(|prefix| name.starts_with(prefix)) {
            faults.invalid_text(&path.child(shown), name, "must be valid format starting with iqn, eui, or naa");
        } else if INITIATOR.as_ref().is_some_and(|form| !form.is_match(name)) {
            faults.invalid_text(&path.child(shown), name, "must be valid format");
        }
    }
    let secret = source.get("secretRef");
    if (flag(source, "chapAuthDiscovery") || flag(source, "chapAuthSession")) && secret.is_none() {
        faults.required(&path.child("secretRef"), "");
    }
    super::vendors::secret(source, &["name"], path, faults);
}

/// `core.v1.FlexVolumeSource` and the same of the cluster: some options are not the user's.
pub(in super::super) fn flex(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    for key in source["options"].as_object().into_iter().flatten().map(|(key, _)| key) {
        let domain = key.split_once('/').map_or(key.as_str(), |(domain, _)| domain);
        let dotted = format!(".{}", domain.to_ascii_lowercase());
        if dotted.ends_with(".kubernetes.io") || dotted.ends_with(".k8s.io") {
            let options = path.child("options");
            faults.invalid_text(&options.key(key), key, "kubernetes.io and k8s.io namespaces are reserved");
        }
    }
}
