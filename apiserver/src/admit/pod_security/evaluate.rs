//! All checks of a level.

use kontiki_api::place;
use serde_json::Value;

use super::fault::Fault;
use super::policy::{Level, Wanted};
use super::{baseline, restricted};

/// What the pod of `metadata` and `spec` does not meet of `wanted`, in upstream's order of checks. Each check is that of the
/// version that is wanted: what came later is not asked for.
pub(super) fn evaluate(wanted: &Wanted, metadata: &Value, spec: &Value) -> Vec<Fault> {
    if wanted.level == Level::Privileged {
        return Vec::new();
    }
    let minor = wanted.minor();
    let restricted = wanted.level == Level::Restricted;
    let windows = place(spec, "/os/name").and_then(Value::as_str) == Some("windows");
    // Pods for Windows are let off since 1.25.
    let linux = !windows || minor < 25;
    let only = |condition: bool, check: fn(&Value) -> Option<Fault>| condition.then(|| check(spec)).flatten();
    let strict = |since: u16| restricted && linux && minor >= since;
    let checks = [
        only(strict(8), restricted::privilege_escalation),
        baseline::app_armor(metadata, spec),
        only(!strict(22), baseline::capabilities),
        only(strict(22), restricted::capabilities),
        baseline::host_namespaces(spec),
        only(!restricted, baseline::host_path_volumes),
        baseline::host_ports(spec),
        only(minor >= 34, baseline::probe_hosts),
        baseline::privileged(spec),
        baseline::proc_mount(spec),
        only(restricted, restricted::volumes),
        only(restricted, restricted::run_as_non_root),
        only(restricted && minor >= 23, restricted::run_as_user),
        baseline::se_linux(spec, minor),
        (minor < 19).then(|| baseline::seccomp_annotations(metadata)).flatten(),
        only(minor >= 19 && !strict(19), baseline::seccomp),
        only(strict(19), restricted::seccomp),
        baseline::sysctls(spec, minor),
        baseline::host_process(spec),
    ];
    checks.into_iter().flatten().collect()
}
