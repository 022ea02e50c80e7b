//! ConfigMaps and Secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::format::config_key;
use super::text;
use crate::kind::validate::{Faults, Path};

/// All values of one object together, in bytes.
const MAX_SIZE: usize = 1024 * 1024;
const SERVICE_ACCOUNT: &str = "kubernetes.io/service-account.name";
const FIXED: &str = "field is immutable when `immutable` is set";

pub(super) fn config_map(object: &Value, faults: &mut Faults) {
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in object[field].as_object().into_iter().flatten() {
            let path = Path::new(field);
            key_faults(key, &path.key(key), faults);
            if field == "data" && object["binaryData"].get(key).is_some() {
                faults.invalid_text(&path.key(key), key, "duplicate of key present in binaryData");
            }
            let text = value.as_str().unwrap_or_default();
            size += if field == "data" { text.len() } else { decoded_len(text) };
        }
    }
    if size > MAX_SIZE {
        faults.too_long(&Path::new(""), MAX_SIZE);
    }
}

pub(super) fn secret(object: &Value, faults: &mut Faults) {
    let (path, data) = (Path::new("data"), &object["data"]);
    let mut size = 0;
    for (key, value) in data.as_object().into_iter().flatten() {
        key_faults(key, &path.key(key), faults);
        size += decoded_len(value.as_str().unwrap_or_default());
    }
    if size > MAX_SIZE {
        faults.too_long(&path, MAX_SIZE);
    }
    let has = |key: &str| data.get(key).is_some();
    match text(object, "type") {
        "kubernetes.io/service-account-token" if text(&object["metadata"]["annotations"], SERVICE_ACCOUNT).is_empty() => {
            faults.required(&Path::new("metadata.annotations").key(SERVICE_ACCOUNT), "");
        }
        "kubernetes.io/dockercfg" => docker_config(data, ".dockercfg", &path, faults),
        "kubernetes.io/dockerconfigjson" => docker_config(data, ".dockerconfigjson", &path, faults),
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            faults.required(&path.key("username"), "");
            faults.required(&path.key("password"), "");
        }
        "kubernetes.io/ssh-auth" if text(data, "ssh-privatekey").is_empty() => faults.required(&path.key("ssh-privatekey"), ""),
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"].into_iter().filter(|key| !has(key)) {
                faults.required(&path.key(key), "");
            }
        }
        _ => {}
    }
}

/// What is marked immutable stays as it is, and stays marked.
pub(super) fn update(new: &Value, old: &Value, faults: &mut Faults) {
    if old["immutable"] != true {
        return;
    }
    if new["immutable"] != true {
        faults.forbidden(&Path::new("immutable"), FIXED);
    }
    for field in ["data", "binaryData"] {
        if new.get(field) != old.get(field) {
            faults.forbidden(&Path::new(field), FIXED);
        }
    }
}

fn docker_config(data: &Value, key: &str, path: &Path<'_>, faults: &mut Faults) {
    let Some(encoded) = data.get(key).and_then(Value::as_str) else { return faults.required(&path.key(key), "") };
    let Ok(bytes) = STANDARD.decode(encoded) else { return };
    let read: Result<std::collections::BTreeMap<String, serde::de::IgnoredAny>, _> = serde_json::from_slice(&bytes);
    if let Err(error) = read {
        let why = if bytes.is_empty() { "unexpected end of JSON input".to_owned() } else { error.to_string() };
        faults.invalid_text(&path.key(key), "<secret contents redacted>", why);
    }
}

/// The length of what `text`, in base64, stands for.
fn decoded_len(text: &str) -> usize {
    text.len() / 4 * 3 - text.bytes().rev().take_while(|byte| *byte == b'=').count().min(2).min(text.len() / 4 * 3)
}

fn key_faults(key: &str, path: &Path<'_>, faults: &mut Faults) {
    for why in config_key(key) {
        faults.invalid_text(path, key, why);
    }
}
