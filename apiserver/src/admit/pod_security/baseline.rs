//! The checks of the level `baseline`.

use serde_json::Value;

use super::fault::{Fault, named, plural, quoted};
use super::setters::{bad_values, containers, context, setters, where_bad};
use crate::admit::fields::{items, text};

/// Capabilities that a container runtime gives anyway.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Sysctls that touch the pod alone, and the minor version since which they are let pass.
const SYSCTLS: [(&str, u16); 12] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.tcp_wmem", 32),
];

/// Types of SELinux, and the minor version since which they are let pass.
const SE_LINUX_TYPES: [(&str, u16); 5] =
    [("", 0), ("container_t", 0), ("container_init_t", 0), ("container_kvm_t", 0), ("container_engine_t", 31)];
/// Before 1.19 profiles were asked for by annotations that begin so.
pub(super) const SECCOMP: [&str; 2] =
    ["seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"];
pub(super) const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

pub(super) fn app_armor(metadata: &Value, spec: &Value) -> Option<Fault> {
    let bad = |value: &Value| !matches!(value.as_str(), Some("RuntimeDefault" | "Localhost"));
    let mut who = setters(spec, "/appArmorProfile/type", bad);
    let mut values = bad_values(spec, "/appArmorProfile/type", bad);
    let allowed = |value: &str| value.is_empty() || value == "runtime/default" || value.starts_with("localhost/");
    let annotations = annotations(metadata).filter(|(key, value)| key.starts_with(APP_ARMOR) && !allowed(value));
    let mut annotations: Vec<String> = annotations.map(|(key, value)| format!("{key}={value:?}")).collect();
    annotations.sort();
    if !annotations.is_empty() {
        let and = if who.is_empty() { "" } else { " and " };
        who = format!("{who}{and}{}", plural("annotation", annotations.len()));
    }
    values.extend(annotations);
    let reason = if values.len() > 1 { "forbidden AppArmor profiles" } else { "forbidden AppArmor profile" };
    let detail = format!("{who} must not set AppArmor profile type to {}", quoted(&values));
    Fault::new(reason, if who.is_empty() { String::new() } else { detail })
}

/// The annotations of the pod of `metadata`.
fn annotations(metadata: &Value) -> impl Iterator<Item = (&str, &str)> {
    let annotations = metadata.get("annotations").and_then(Value::as_object).into_iter().flatten();
    annotations.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

pub(super) fn capabilities(spec: &Value) -> Option<Fault> {
    Fault::new("non-default capabilities", added(spec, &CAPABILITIES))
}

/// Who adds capabilities other than `allowed`; empty for nobody.
pub(super) fn added(spec: &Value, allowed: &[&str]) -> String {
    let bad = |container: &Value| -> Vec<String> {
        let added = items(container, "/securityContext/capabilities/add").iter().filter_map(Value::as_str);
        added.filter(|name| !allowed.contains(name)).map(String::from).collect()
    };
    let who = where_bad(spec, |container| !bad(container).is_empty());
    if who.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = containers(spec).flat_map(bad).collect();
    names.sort();
    names.dedup();
    format!("{} must not include {} in securityContext.capabilities.add", named("container", &who), quoted(&names))
}

pub(super) fn host_namespaces(spec: &Value) -> Option<Fault> {
    let used = ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|field| spec[*field] == true);
    let used: Vec<String> = used.map(|field| format!("{field}=true")).collect();
    Fault::new("host namespaces", used.join(", "))
}

pub(super) fn host_path_volumes(spec: &Value) -> Option<Fault> {
    let bad = items(spec, "/volumes").iter().filter(|volume| volume["hostPath"].is_object());
    let bad: Vec<String> = bad.map(|volume| text(volume, "/name").to_owned()).collect();
    Fault::new("hostPath volumes", if bad.is_empty() { String::new() } else { named("volume", &bad) })
}

pub(super) fn host_ports(spec: &Value) -> Option<Fault> {
    let ports = |container: &Value| -> Vec<i64> {
        let ports = items(container, "/ports").iter().filter_map(|port| port["hostPort"].as_i64());
        ports.filter(|port| *port != 0).collect()
    };
    let who = where_bad(spec, |container| !ports(container).is_empty());
    let mut used: Vec<String> = containers(spec).flat_map(ports).map(|port| port.to_string()).collect();
    used.sort();
    used.dedup();
    let detail =
        format!("{} {} {} {}", named("container", &who), uses(who.len()), plural("hostPort", used.len()), used.join(", "));
    Fault::new("hostPort", if who.is_empty() { String::new() } else { detail })
}

const fn uses(count: usize) -> &'static str {
    if count == 1 { "uses" } else { "use" }
}

pub(super) fn probe_hosts(spec: &Value) -> Option<Fault> {
    let hosts = |container: &Value| -> Vec<String> {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|probe| format!("/{probe}"));
        let hooks = ["postStart", "preStop"].map(|hook| format!("/lifecycle/{hook}"));
        let places =
            probes.iter().chain(&hooks).flat_map(|place| ["httpGet", "tcpSocket"].map(|kind| format!("{place}/{kind}/host")));
        places.map(|place| text(container, &place).to_owned()).filter(|host| !host.is_empty()).collect()
    };
    let mut who = where_bad(spec, |container| !hosts(container).is_empty());
    let mut used: Vec<String> = containers(spec).flat_map(hosts).collect();
    for names in [&mut who, &mut used] {
        names.sort();
        names.dedup();
    }
    let reason = "probe or lifecycle host";
    let detail = format!("{} {} {} {}", named("container", &who), uses(who.len()), plural(reason, used.len()), quoted(&used));
    Fault::new(reason, if who.is_empty() { String::new() } else { detail })
}

pub(super) fn privileged(spec: &Value) -> Option<Fault> {
    let who = where_bad(spec, |container| context(container, "/privileged") == Some(&Value::Bool(true)));
    let detail = format!("{} must not set securityContext.privileged=true", named("container", &who));
    Fault::new("privileged", if who.is_empty() { String::new() } else { detail })
}

pub(super) fn proc_mount(spec: &Value) -> Option<Fault> {
    let bad = |value: &Value| value != "Default";
    let who = where_bad(spec, |container| context(container, "/procMount").is_some_and(bad));
    let values = quoted(&bad_values(spec, "/procMount", bad));
    let detail = format!("{} must not set securityContext.procMount to {values}", named("container", &who));
    Fault::new("procMount", if who.is_empty() { String::new() } else { detail })
}

pub(super) fn se_linux(spec: &Value, minor: u16) -> Option<Fault> {
    let forbidden = |name: &str| !SE_LINUX_TYPES.iter().any(|(known, since)| *known == name && minor >= *since);
    let bad_type = |options: &Value| forbidden(text(options, "/type"));
    let set = |options: &Value, field: &str| !text(options, field).is_empty();
    let who = setters(spec, "/seLinuxOptions", |options| bad_type(options) || set(options, "/user") || set(options, "/role"));
    if who.is_empty() {
        return None;
    }
    let mut told = Vec::new();
    let types = bad_values(spec, "/seLinuxOptions/type", |value| forbidden(value.as_str().unwrap_or_default()));
    if !types.is_empty() {
        told.push(format!("{} {}", plural("type", types.len()), quoted(&types)));
    }
    for field in ["user", "role"] {
        let pointer = format!("/seLinuxOptions/{field}");
        if !bad_values(spec, &pointer, |value| value.as_str().is_some_and(|text| !text.is_empty())).is_empty() {
            told.push(format!("{field} may not be set"));
        }
    }
    Fault::new("seLinuxOptions", format!("{who} set forbidden securityContext.seLinuxOptions: {}", told.join("; ")))
}

pub(super) fn seccomp(spec: &Value) -> Option<Fault> {
    let bad = |value: &Value| !matches!(value.as_str(), Some("RuntimeDefault" | "Localhost"));
    let who = setters(spec, "/seccompProfile/type", bad);
    let values = quoted(&bad_values(spec, "/seccompProfile/type", bad));
    let detail = format!("{who} must not set securityContext.seccompProfile.type to {values}");
    Fault::new("seccompProfile", if who.is_empty() { String::new() } else { detail })
}

pub(super) fn seccomp_annotations(metadata: &Value, spec: &Value) -> Option<Fault> {
    let [of_pod, of_container] = SECCOMP;
    let concerns = |key: &str| {
        let is_one = |name: &str| containers(spec).any(|container| text(container, "/name") == name);
        key == of_pod || key.strip_prefix(of_container).is_some_and(is_one)
    };
    let allowed = |value: &str| matches!(value, "runtime/default" | "docker/default") || value.starts_with("localhost/");
    let bad = annotations(metadata).filter(|(key, value)| concerns(key) && !allowed(value));
    let mut told: Vec<String> = bad.map(|(key, value)| format!("{key}={value:?}")).collect();
    told.sort();
    let detail = format!("forbidden {} {}", plural("annotation", told.len()), told.join(", "));
    Fault::new("seccompProfile", if told.is_empty() { String::new() } else { detail })
}

pub(super) fn sysctls(spec: &Value, minor: u16) -> Option<Fault> {
    let allowed = |name: &&str| SYSCTLS.iter().any(|(known, since)| known == name && minor >= *since);
    let set = items(spec, "/securityContext/sysctls").iter().map(|sysctl| text(sysctl, "/name"));
    let bad: Vec<&str> = set.filter(|name| !allowed(name)).collect();
    Fault::new("forbidden sysctls", bad.join(", "))
}

pub(super) fn host_process(spec: &Value) -> Option<Fault> {
    let who = setters(spec, "/windowsOptions/hostProcess", |value| *value == true);
    let detail = format!("{who} must not set securityContext.windowsOptions.hostProcess=true");
    Fault::new("hostProcess", if who.is_empty() { String::new() } else { detail })
}
