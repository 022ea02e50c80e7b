//! The checks that the level `restricted` adds.

use serde_json::Value;

use super::baseline;
use super::fault::{Fault, named, plural, quoted};
use super::setters::{context, setters, where_bad, where_open};
use crate::admit::fields::{items, text};

/// Volumes that bring in nothing of the node or of other machines.
const VOLUMES: [&str; 9] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

pub(super) fn privilege_escalation(spec: &Value) -> Option<Fault> {
    let who = where_bad(spec, |container| context(container, "/allowPrivilegeEscalation") != Some(&Value::Bool(false)));
    let detail = format!("{} must set securityContext.allowPrivilegeEscalation=false", named("container", &who));
    Fault::new("allowPrivilegeEscalation != false", if who.is_empty() { String::new() } else { detail })
}

pub(super) fn capabilities(spec: &Value) -> Option<Fault> {
    let keeps = |container: &Value| !items(container, "/securityContext/capabilities/drop").iter().any(|name| name == "ALL");
    let who = where_bad(spec, keeps);
    let mut told = Vec::new();
    if !who.is_empty() {
        told.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", named("container", &who)));
    }
    let added = baseline::added(spec, &["NET_BIND_SERVICE"]);
    if !added.is_empty() {
        told.push(added);
    }
    Fault::new("unrestricted capabilities", told.join("; "))
}

pub(super) fn volumes(spec: &Value) -> Option<Fault> {
    let bad = |volume: &Value| -> Option<String> {
        let fields = volume.as_object()?;
        if fields.iter().any(|(field, value)| VOLUMES.contains(&field.as_str()) && !value.is_null()) {
            return None;
        }
        let kind = fields.iter().find(|(field, value)| *field != "name" && !value.is_null());
        Some(kind.map_or_else(|| "unknown".to_owned(), |(field, _)| field.clone()))
    };
    let found = items(spec, "/volumes").iter().filter_map(|volume| Some((text(volume, "/name").to_owned(), bad(volume)?)));
    let (names, mut kinds): (Vec<String>, Vec<String>) = found.unzip();
    if names.is_empty() {
        return None;
    }
    kinds.sort();
    kinds.dedup();
    let verb = if names.len() == 1 { "uses" } else { "use" };
    let detail =
        format!("{} {verb} {} {}", named("volume", &names), plural("restricted volume type", kinds.len()), quoted(&kinds));
    Fault::new("restricted volume types", detail)
}

pub(super) fn run_as_non_root(spec: &Value) -> Option<Fault> {
    let reason = "runAsNonRoot != true";
    let who = setters(spec, "/runAsNonRoot", |value| *value == false);
    if !who.is_empty() {
        return Fault::new(reason, format!("{who} must not set securityContext.runAsNonRoot=false"));
    }
    let open = where_open(spec, "/runAsNonRoot");
    let detail = format!("pod or {} must set securityContext.runAsNonRoot=true", named("container", &open));
    Fault::new(reason, if open.is_empty() { String::new() } else { detail })
}

pub(super) fn run_as_user(spec: &Value) -> Option<Fault> {
    let who = setters(spec, "/runAsUser", |value| *value == 0);
    Fault::new("runAsUser=0", if who.is_empty() { String::new() } else { format!("{who} must not set runAsUser=0") })
}

pub(super) fn seccomp(spec: &Value) -> Option<Fault> {
    let bad = baseline::seccomp(spec);
    if bad.is_some() {
        return bad;
    }
    let open = where_open(spec, "/seccompProfile/type");
    let who = named("container", &open);
    let detail = format!("pod or {who} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"");
    Fault::new("seccompProfile", if open.is_empty() { String::new() } else { detail })
}
