//! What pods of one operating system must not ask for.

use serde_json::Value;

pub(super) const WINDOWS: &str = "windows";

use super::super::{flag, list, text};
use crate::kind::validate::{Faults, Path};

const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
const POD_CONTEXT: [&str; 11] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
const CONTAINER_CONTEXT: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// A pod spec that says which system it is for, or asks for something of Windows.
pub(super) fn check(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    host_process(spec, path, faults);
    match spec.get("os").map(|os| text(os, "name")) {
        Some("") => faults.required(&path.child("os").child("name"), "cannot be empty"),
        Some("linux") => {
            let why = "windows options cannot be set for a linux pod";
            refuse(&spec["securityContext"], &["windowsOptions"], why, &path.child("securityContext"), faults);
            in_containers(spec, &["windowsOptions"], why, path, faults);
        }
        Some(WINDOWS) => {
            let why = "cannot be set for a windows pod";
            refuse(&spec["securityContext"], &POD_CONTEXT, why, &path.child("securityContext"), faults);
            refuse(spec, &["hostUsers", "shareProcessNamespace"], why, path, faults);
            for field in ["hostPID", "hostIPC"].into_iter().filter(|field| flag(spec, field)) {
                faults.forbidden(&path.child(field), why);
            }
            in_containers(spec, &CONTAINER_CONTEXT, why, path, faults);
        }
        Some(other) => faults.unsupported(&path.child("os"), other, &["linux", WINDOWS]),
        None => {}
    }
}

fn refuse(holder: &Value, fields: &[&str], why: &str, path: &Path<'_>, faults: &mut Faults) {
    let set = |value: &Value| !value.is_null() && *value != Value::Array(Vec::new());
    for field in fields.iter().filter(|field| holder.get(**field).is_some_and(set)) {
        faults.forbidden(&path.child(field), why);
    }
}

fn in_containers(spec: &Value, fields: &[&str], why: &str, path: &Path<'_>, faults: &mut Faults) {
    for list_name in LISTS {
        for (at, container) in list(spec, list_name).iter().enumerate() {
            let field = path.child(list_name);
            refuse(&container["securityContext"], fields, why, &field.index(at).child("securityContext"), faults);
        }
    }
}

/// Containers that are processes of a Windows host are so all together, and on its network.
fn host_process(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let of = |holder: &Value| holder["securityContext"]["windowsOptions"]["hostProcess"].as_bool();
    let own = of(spec);
    let (mut all, mut hosts) = (0, 0);
    for list_name in LISTS {
        for (at, container) in list(spec, list_name).iter().enumerate() {
            let asked = of(container);
            if let (Some(own), Some(asked)) = (own, asked)
                && own != asked
            {
                let field = path.child(list_name);
                let at = field.index(at);
                let place = at.child("securityContext.windowsOptions.hostProcess");
                let why = format!("pod hostProcess value must be identical if both are specified, was {own}");
                faults.invalid(&place, &asked.into(), why);
            }
            all += 1;
            hosts += usize::from(asked.or(own) == Some(true));
        }
    }
    if hosts > 0 && hosts != all {
        let why = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        faults.invalid_text(path, "", why);
    }
    if hosts > 0 && !flag(spec, "hostNetwork") {
        let why = "hostNetwork must be true if pod contains any hostProcess containers";
        faults.invalid(&path.child("hostNetwork"), &false.into(), why);
    }
}
