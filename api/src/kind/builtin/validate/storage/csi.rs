//! Drivers of volumes, and the nodes they are on.

use serde_json::Value;

use super::super::format::driver;
use super::super::{SPEC, list, number, text};
use crate::kind::validate::{ByText, Distinct, Faults, Path, dns_label_fault, dns_subdomain_fault};
use crate::quantity::Quantity;

/// Longest name of a driver, in bytes.
const MAX_NAME: usize = 63;

/// The name of a driver.
pub(in super::super) fn driver_name(name: &str, path: &Path<'_>, faults: &mut Faults) {
    if name.is_empty() {
        faults.required(path, "");
    }
    if name.len() > MAX_NAME {
        faults.too_long(path, MAX_NAME);
    }
    for why in driver(name) {
        faults.invalid_text(path, name, why);
    }
}

/// The driver and the secrets of `core.v1.CSIVolumeSource` and `core.v1.CSIPersistentVolumeSource`.
pub(in super::super) fn publish_secrets(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    driver_name(text(source, "driver"), &path.child("driver"), faults);
    let own = source.get("volumeHandle").is_some();
    for field in ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"] {
        let Some(secret) = source.get(field) else { continue };
        let at = path.child(field);
        let (name, namespace) = (text(secret, "name"), text(secret, "namespace"));
        match dns_subdomain_fault(name) {
            _ if name.is_empty() => faults.required(&at.child("name"), ""),
            Some(why) if own => faults.invalid_text(&at.child("name"), name, why),
            Some(why) => faults.invalid_text(&path.child("name"), name, why),
            None => {}
        }
        match dns_label_fault(namespace) {
            _ if !own => {}
            _ if namespace.is_empty() => faults.required(&at.child("namespace"), ""),
            Some(why) => faults.invalid_text(&at.child("namespace"), namespace, why),
            None => {}
        }
    }
}

/// How volumes of a driver may live.
const MODES: [&str; 2] = ["Persistent", "Ephemeral"];

pub(in super::super) fn csi_driver(object: &Value, faults: &mut Faults) {
    let (spec, name) = (&object["spec"], text(&object["metadata"], "name"));
    let meta = Path::new("metadata");
    if name.len() > MAX_NAME {
        faults.too_long(&meta.child("name"), MAX_NAME);
    }
    let path: Path<'_> = SPEC;
    for field in ["attachRequired", "podInfoOnMount", "storageCapacity", "seLinuxMount"] {
        if spec.get(field).is_none() {
            faults.required(&path.child(field), "");
        }
    }
    for mode in list(spec, "volumeLifecycleModes").iter().map(|mode| mode.as_str().unwrap_or_default()) {
        if !MODES.contains(&mode) {
            faults.unsupported(&path.child("volumeLifecycleModes"), mode, &MODES);
        }
    }
    let requests = list(spec, "tokenRequests");
    let field = path.child("tokenRequests");
    let mut audiences = Distinct::default();
    for (at, request) in requests.iter().enumerate() {
        let (at_path, audience) = (field.index(at), text(request, "audience"));
        if audiences.repeats(audience) {
            faults.duplicate(&at_path.child("audience"), &audience.into());
            continue;
        }
        let Some(seconds) = request.get("expirationSeconds") else { continue };
        let why = match number(request, "expirationSeconds") {
            seconds if seconds < 600 => "may not specify a duration less than 10 minutes",
            seconds if seconds > 1 << 32 => "may not specify a duration larger than 2^32 seconds",
            _ => continue,
        };
        faults.invalid(&at_path.child("expirationSeconds"), seconds, why);
    }
}

/// How a driver attaches, and what it is used for, stays.
pub(in super::super) fn csi_driver_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    // The first name is upstream's.
    for (told, field) in [("attachedRequired", "attachRequired"), ("volumeLifecycleModes", "volumeLifecycleModes")] {
        faults.immutable(&path.child(told), new["spec"].get(field), old["spec"].get(field));
    }
}

/// What is left of storage is not less than nothing.
pub(in super::super) fn capacity(object: &Value, faults: &mut Faults) {
    let left = object.get("capacity").and_then(|amount| Quantity::from_value(amount).ok());
    if let Some(left) = left.filter(|left| left.is_negative()) {
        faults.invalid_text(&Path::new("capacity"), &left.to_string(), "must be greater than or equal to 0");
    }
}

pub(in super::super) fn csi_node(object: &Value, faults: &mut Faults) {
    let drivers = list(&object["spec"], "drivers");
    let path: Path<'_> = SPEC;
    let field = path.child("drivers");
    let mut names = Distinct::default();
    for (at, driver) in drivers.iter().enumerate() {
        let (at_path, name) = (field.index(at), text(driver, "name"));
        driver_name(name, &at_path.child("name"), faults);
        if names.repeats(name) {
            faults.duplicate(&at_path.child("name"), &name.into());
        }
        if text(driver, "nodeID").len() > 192 {
            let why = "must be 192 characters or less";
            faults.invalid_text(&at_path.child("nodeID"), text(driver, "nodeID"), why);
        }
        if number(&driver["allocatable"], "count") < 0 {
            let field = at_path.child("allocatable");
            faults.invalid(&field.child("count"), &driver["allocatable"]["count"], "must be greater than or equal to 0");
        }
        let keys = list(driver, "topologyKeys");
        let field = &at_path;
        let mut known = Distinct::default();
        for key in keys {
            let key = key.as_str().unwrap_or_default();
            if key.is_empty() {
                faults.required(field, "");
            }
            if known.repeats(key) {
                faults.duplicate(field, &key.into());
            }
            for why in crate::selector::label_key_faults(key) {
                faults.invalid_text(field, key, why);
            }
        }
    }
}

/// What a driver on a node said of itself stays, but for how many volumes it takes.
pub(in super::super) fn csi_node_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("drivers");
    let bare = |driver: &Value| {
        let mut driver = driver.clone();
        driver.as_object_mut().map(|driver| driver.shift_remove("allocatable"));
        driver
    };
    let former = ByText::of(list(&old["spec"], "drivers"), "name");
    for (at, driver) in list(&new["spec"], "drivers").iter().enumerate() {
        let before = former.get(text(driver, "name"));
        if before.is_some_and(|before| bare(before) != bare(driver)) {
            faults.invalid(&field.index(at), driver, "field is immutable");
        }
    }
}
