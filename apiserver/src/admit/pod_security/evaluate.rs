//! All checks of a level.

use serde_json::Value;

use super::fault::Fault;
use super::policy::Level;
use super::{baseline, restricted};

/// What the pod of `metadata` and `spec` does not meet of `level`, in upstream's order of checks. Checks are those of
/// the latest version, whatever version a namespace pins.
pub(super) fn evaluate(level: Level, metadata: &Value, spec: &Value) -> Vec<Fault> {
    let restricted = level == Level::Restricted;
    let linux = spec.pointer("/os/name").and_then(Value::as_str) != Some("windows");
    let only = |condition: bool, check: fn(&Value) -> Option<Fault>| condition.then(|| check(spec)).flatten();
    if level == Level::Privileged {
        return Vec::new();
    }
    let checks = [
        only(restricted && linux, restricted::privilege_escalation),
        baseline::app_armor(metadata, spec),
        only(!restricted || !linux, baseline::capabilities),
        only(restricted && linux, restricted::capabilities),
        baseline::host_namespaces(spec),
        only(!restricted, baseline::host_path_volumes),
        baseline::host_ports(spec),
        baseline::probe_hosts(spec),
        baseline::privileged(spec),
        baseline::proc_mount(spec),
        only(restricted, restricted::volumes),
        only(restricted, restricted::run_as_non_root),
        only(restricted, restricted::run_as_user),
        baseline::se_linux(spec),
        only(!restricted || !linux, baseline::seccomp),
        only(restricted && linux, restricted::seccomp),
        baseline::sysctls(spec),
        baseline::host_process(spec),
    ];
    checks.into_iter().flatten().collect()
}
