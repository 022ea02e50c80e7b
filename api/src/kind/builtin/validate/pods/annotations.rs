//! Annotations of pods that mean something.

use serde_json::Value;

use super::super::{list, text};
use super::windows::WINDOWS;
use crate::kind::validate::{ByText, Faults, Path};

/// Marks a pod that a node made by itself.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
pub(super) const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// The annotations of a pod or template with `spec`.
pub(super) fn check(annotations: &Value, spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let mut containers = None;
    for (key, value) in annotations.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if key == MIRROR && text(spec, "nodeName").is_empty() {
            faults.invalid_text(&path.key(key), value, "must set spec.nodeName if mirror pod annotation is set");
        }
        if key == DELETION_COST && !is_cost(value) {
            faults.invalid_text(&path.key(key), value, "must be a 32bit integer");
        }
        if key == SECCOMP_POD || key.starts_with(SECCOMP_CONTAINER) {
            seccomp(value, &path.child(key), faults);
        }
        if let Some(name) = key.strip_prefix(APP_ARMOR) {
            let all = || ByText::of(LISTS.iter().flat_map(|field| list(spec, field)), "name");
            if !containers.get_or_insert_with(all).has(name) {
                faults.invalid_text(&path.key(key), name, "container not found");
            }
            if !matches!(value, "" | "runtime/default" | "unconfined") && !value.starts_with("localhost/") {
                faults.invalid_text(&path.key(key), value, format!("invalid AppArmor profile name: {value:?}"));
            }
        }
    }
}

/// Where annotations and fields say the same thing, they agree.
pub(super) fn agree(annotations: &Value, spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let Some(annotations) = annotations.as_object().filter(|annotations| !annotations.is_empty()) else { return };
    let said = |key: &str| annotations.get(key).and_then(Value::as_str);
    let own = &spec["securityContext"];
    if let (Some(profile), Some(said)) = (own.get("seccompProfile"), said(SECCOMP_POD)) {
        let context = path.child("securityContext");
        same(profile, said, "seccomp", &context.child("seccompProfile"), faults);
    }
    for list_name in LISTS {
        for (at, container) in list(spec, list_name).iter().enumerate() {
            let (field, name) = (path.child(list_name), text(container, "name"));
            let (at, context) = (field.index(at), &container["securityContext"]);
            let at = at.child("securityContext");
            if let (Some(profile), Some(said)) = (context.get("seccompProfile"), said(&format!("{SECCOMP_CONTAINER}{name}"))) {
                same(profile, said, "seccomp", &at.child("seccompProfile"), faults);
            }
            let profile = context.get("appArmorProfile").or_else(|| own.get("appArmorProfile"));
            let windows = text(&spec["os"], "name") == WINDOWS;
            if let (Some(profile), Some(said), false) = (profile, said(&format!("{APP_ARMOR}{name}")), windows) {
                same(profile, said, "apparmor", &at.child("appArmorProfile"), faults);
            }
        }
    }
}

fn same(profile: &Value, said: &str, what: &str, path: &Path<'_>, faults: &mut Faults) {
    let file = said.strip_prefix("localhost/");
    let agree = match text(profile, "type") {
        "Unconfined" => said == "unconfined",
        "RuntimeDefault" => said == "runtime/default" || what == "seccomp" && said == "docker/default",
        "Localhost" => file.is_some(),
        _ => true,
    };
    if !agree {
        faults.forbidden(&path.child("type"), format!("{what} type in annotation and field must match"));
    } else if text(profile, "type") == "Localhost" && file != profile.get("localhostProfile").and_then(Value::as_str) {
        faults.forbidden(&path.child("localhostProfile"), format!("{what} profile in annotation and field must match"));
    }
}

fn seccomp(profile: &str, path: &Path<'_>, faults: &mut Faults) {
    if matches!(profile, "runtime/default" | "docker/default" | "unconfined") {
        return;
    }
    match profile.strip_prefix("localhost/") {
        Some(place) => {
            for why in super::super::format::inside(place) {
                faults.invalid_text(path, place, why);
            }
        }
        None => faults.invalid_text(path, profile, "must be a valid seccomp profile"),
    }
}

/// Upstream takes no sign but a minus, and no zero in front.
fn is_cost(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    text.parse::<i32>().is_ok() && !text.starts_with('+') && (digits == "0" || !digits.starts_with('0'))
}
