//! All checks of a level.

use kontiki_api::place;
use serde_json::Value;

use super::fault::Fault;
use super::policy::{Level, Wanted};
use super::{baseline, restricted};

/// What the pod of `metadata` and `spec` does not meet of `wanted`, in upstream's order: the checks of the level `baseline` by their
/// ids, then those that `restricted` adds, by theirs. Some of these stand in the place of a check of the baseline. Each check is that
/// of the version that is wanted: what came later is not asked for.
pub(super) fn evaluate(wanted: &Wanted, metadata: &Value, spec: &Value) -> Vec<Fault> {
    if wanted.level == Level::Privileged {
        return Vec::new();
    }
    let minor = wanted.minor();
    let restricted = |since: u16| wanted.level == Level::Restricted && minor >= since;
    let windows = place(spec, "/os/name").and_then(Value::as_str) == Some("windows");
    // Pods for Windows are let off since 1.25.
    let strict = |since: u16| restricted(since) && (!windows || minor < 25);
    let only = |condition: bool, check: fn(&Value) -> Option<Fault>| condition.then(|| check(spec)).flatten();
    let checks = [
        baseline::app_armor(metadata, spec),
        only(!restricted(22), baseline::capabilities),
        baseline::host_namespaces(spec),
        only(!restricted(0), baseline::host_path_volumes),
        baseline::host_ports(spec),
        only(minor >= 34, baseline::probe_hosts),
        baseline::privileged(spec),
        only(!restricted(35), baseline::proc_mount),
        baseline::se_linux(spec, minor),
        (minor < 19).then(|| baseline::seccomp_annotations(metadata, spec)).flatten(),
        only(minor >= 19 && !restricted(19), baseline::seccomp),
        baseline::sysctls(spec, minor),
        baseline::host_process(spec),
        only(strict(8), restricted::privilege_escalation),
        only(strict(22), restricted::capabilities),
        only(restricted(35), baseline::proc_mount),
        only(restricted(0), restricted::volumes),
        only(restricted(0), restricted::run_as_non_root),
        only(restricted(23), restricted::run_as_user),
        only(strict(19), restricted::seccomp),
    ];
    checks.into_iter().flatten().collect()
}
