//! ConfigMaps and Secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::text;
use crate::kind::validate::{Faults, Path};

/// All values of one object together, in bytes.
const MAX_SIZE: usize = 1024 * 1024;

/// Keys that a secret of a type must have.
const TYPES: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

pub(super) fn config_map(object: &Value, faults: &mut Faults) {
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in object[field].as_object().into_iter().flatten() {
            let path = Path::new(field);
            key_faults(key, &path.key(key), faults);
            if field == "binaryData" && object["data"].get(key).is_some() {
                faults.invalid_text(&path.key(key), key, "duplicate of key present in data");
            }
            let text = value.as_str().unwrap_or_default();
            size += if field == "data" { text.len() } else { text.len() / 4 * 3 };
        }
    }
    if size > MAX_SIZE {
        faults.too_long(&Path::new(""), MAX_SIZE);
    }
}

pub(super) fn secret(object: &Value, faults: &mut Faults) {
    let path = Path::new("data");
    let mut size = 0;
    for (key, value) in object["data"].as_object().into_iter().flatten() {
        key_faults(key, &path.key(key), faults);
        size += value.as_str().map_or(0, |text| text.len() / 4 * 3);
    }
    if size > MAX_SIZE {
        faults.too_long(&path, MAX_SIZE);
    }
    let kind = text(object, "type");
    for key in TYPES.iter().filter(|(name, _)| *name == kind).flat_map(|(_, keys)| *keys) {
        if object["data"].get(key).is_none() {
            faults.required(&path.key(key), "");
        }
    }
    docker_config(kind, &object["data"], &path, faults);
    if kind == "kubernetes.io/service-account-token" {
        let annotation = "kubernetes.io/service-account.name";
        if text(&object["metadata"]["annotations"], annotation).is_empty() {
            faults.required(&Path::new("metadata.annotations").key(annotation), "");
        }
    }
    if kind == "kubernetes.io/basic-auth" && ["username", "password"].iter().all(|key| object["data"].get(key).is_none()) {
        for key in ["username", "password"] {
            faults.required(&path.key(key), "");
        }
    }
}

/// What is marked immutable stays as it is, and stays marked.
pub(super) fn update(new: &Value, old: &Value, faults: &mut Faults) {
    if old["immutable"] != true {
        return;
    }
    let why = "field is immutable when `immutable` is set";
    if new["immutable"] != true {
        faults.forbidden(&Path::new("immutable"), why);
    }
    for field in ["data", "binaryData"] {
        if new.get(field) != old.get(field) {
            faults.forbidden(&Path::new(field), why);
        }
    }
}

fn docker_config(kind: &str, data: &Value, path: &Path<'_>, faults: &mut Faults) {
    let key = match kind {
        "kubernetes.io/dockercfg" => ".dockercfg",
        "kubernetes.io/dockerconfigjson" => ".dockerconfigjson",
        _ => return,
    };
    let Some(bytes) = data.get(key).and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok()) else { return };
    if serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_err() {
        faults.invalid_text(&path.key(key), "<secret contents redacted>", "not valid JSON");
    }
}

fn key_faults(key: &str, path: &Path<'_>, faults: &mut Faults) {
    if key.len() > 253 {
        faults.invalid_text(path, key, "must be no more than 253 characters");
    }
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  \
                   or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        faults.invalid_text(path, key, why);
    }
    if key == "." || key == ".." || key.starts_with("..") {
        faults.invalid_text(path, key, "must not start with '..'");
    }
}
