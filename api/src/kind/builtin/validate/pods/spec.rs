//! Pods of their own, and the specs of pods.

use std::collections::HashMap;

use serde_json::Value;

use super::super::containers::{self, Claims, Of};
use super::super::{SPEC, flag, list, number, text};
use super::{annotations, topology_spread, windows};
use crate::kind::validate::{Distinct, Faults, Path, dns_subdomain_fault};
use crate::quantity::Quantity;
use crate::quota::container_amounts;

const META: Path<'static> = Path::new("metadata");

/// A pod of its own, beyond what its spec alone says.
pub(in super::super) fn pod(pod: &Value, faults: &mut Faults) {
    let (meta, spec) = (&pod["metadata"], &pod["spec"]);
    let path = META;
    annotations::check(&meta["annotations"], spec, &path.child("annotations"), faults);
    for list_name in ["containers", "initContainers"] {
        let path: Path<'_> = SPEC;
        let field = path.child(list_name);
        for (at, container) in list(spec, list_name).iter().enumerate() {
            containers::trimmed(container, &field.index(at), faults);
        }
    }
    host_ports(spec, true, &SPEC, faults);
    let name = text(meta, "name");
    let volumes = list(spec, "volumes");
    let made = volumes.iter().filter(|volume| volume.get("ephemeral").is_some());
    let made: Distinct<String> = made.map(|volume| format!("{name}-{}", text(volume, "name"))).collect();
    for (at, volume) in volumes.iter().enumerate() {
        let path: Path<'_> = SPEC;
        let field = path.child("volumes");
        volume_of_pod(volume, name, spec, &made, &field.index(at), faults);
    }
}

/// What only a new pod must not have.
pub(in super::super) fn create(pod: &Value, faults: &mut Faults) {
    let spec = &pod["spec"];
    let path: Path<'_> = SPEC;
    if !list(spec, "ephemeralContainers").is_empty() {
        faults.forbidden(&path.child("ephemeralContainers"), "cannot be set on create");
    }
    if !text(spec, "nodeName").is_empty() && !list(spec, "schedulingGates").is_empty() {
        faults.forbidden(&path.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
    annotations::agree(&pod["metadata"]["annotations"], spec, &path, faults);
}

/// `core.v1.PodSpec`, of a pod or of a template.
pub(in super::super) fn spec(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    containers::all(spec, path, faults);
    claims(spec, &path.child("resourceClaims"), faults);
    if let Some(resources) = spec.get("resources") {
        own_resources(resources, spec, &path.child("resources"), faults);
    }
    if spec.get("overhead").is_some() {
        let limits = serde_json::json!({"limits": spec["overhead"]});
        containers::requirements(&limits, Of::Container, &Claims::default(), &path.child("overhead"), faults);
    }
    host_ports(spec, false, path, faults);
    if flag(spec, "shareProcessNamespace") && flag(spec, "hostPID") {
        let context = path.child("securityContext");
        let why = "ShareProcessNamespace and HostPID cannot both be enabled";
        faults.invalid(&context.child("shareProcessNamespace"), &true.into(), why);
    }
    host_users(spec, path, faults);
    hostname(spec, path, faults);
    sysctls(spec, path, faults);
    if text(spec, "dnsPolicy") == "None" {
        nameservers(spec, &path.child("dnsConfig"), faults);
    }
    let (field, mut gates) = (path.child("schedulingGates"), Distinct::default());
    for (at, gate) in list(spec, "schedulingGates").iter().enumerate() {
        let name = text(gate, "name");
        for why in crate::selector::label_key_faults(name) {
            faults.invalid_text(&field.index(at), name, why);
        }
        if gates.repeats(name) {
            faults.duplicate(&field.index(at), &name.into());
        }
    }
    topology_spread(list(spec, "topologySpreadConstraints"), &path.child("topologySpreadConstraints"), faults);
    windows::check(spec, path, faults);
}

/// `core.v1.PodDNSConfig`: no more than what resolvers read.
pub(in super::super) fn dns_config(config: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (servers, searches) = (list(config, "nameservers"), list(config, "searches"));
    if servers.len() > 3 {
        faults.invalid(&path.child("nameservers"), &config["nameservers"], "must not have more than 3 nameservers");
    }
    if searches.len() > 32 {
        faults.invalid(&path.child("searches"), &config["searches"], "must not have more than 32 search paths");
    }
    let length: usize = searches.iter().filter_map(Value::as_str).map(|domain| domain.len() + 1).sum();
    if length.saturating_sub(1) > 2048 {
        let why = "must not have more than 2048 characters (including spaces) in the search list";
        faults.invalid(&path.child("searches"), &config["searches"], why);
    }
    for (at, option) in list(config, "options").iter().enumerate() {
        if text(option, "name").is_empty() {
            faults.required(&path.child("options").index(at), "must not be empty");
        }
    }
}

fn nameservers(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    match spec.get("dnsConfig") {
        None => faults.required(path, "must provide `dnsConfig` when `dnsPolicy` is None"),
        Some(config) if list(config, "nameservers").is_empty() => {
            faults.required(&path.child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
        Some(_) => {}
    }
}

/// On the host's network a container's ports are the host's; a template may leave that to its pods.
fn host_ports(spec: &Value, is_pod: bool, path: &Path<'_>, faults: &mut Faults) {
    if !flag(spec, "hostNetwork") {
        return;
    }
    let field = path.child("containers");
    for (at, container) in list(spec, "containers").iter().enumerate() {
        let at = field.index(at);
        let ports = at.child("ports");
        for (at, port) in list(container, "ports").iter().enumerate() {
            let wanted = number(port, "hostPort");
            if (wanted == 0) == is_pod && wanted != number(port, "containerPort") {
                let why = "must match `containerPort` when `hostNetwork` is true";
                faults.invalid(&ports.index(at).child("hostPort"), &wanted.into(), why);
            }
        }
    }
}

/// Why users of the pod's own go without much of the node's.
const ALONE: &str = "when `hostUsers` is false";

fn host_users(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    if spec["hostUsers"] != false {
        return;
    }
    for (field, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if flag(spec, field) {
            faults.forbidden(&path.child(shown), ALONE);
        }
    }
    for list_name in ["initContainers", "containers", "ephemeralContainers"] {
        let field = path.child(list_name);
        for (at, _) in list(spec, list_name).iter().enumerate().filter(|(_, own)| !list(own, "volumeDevices").is_empty()) {
            faults.forbidden(&field.index(at).child("volumeDevices"), ALONE);
        }
    }
}

/// A hostname of its own is neither made of a domain nor that of the node.
fn hostname(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    if text(spec, "hostnameOverride").is_empty() {
        return;
    }
    for field in ["setHostnameAsFQDN", "hostNetwork"].into_iter().filter(|field| flag(spec, field)) {
        faults.forbidden(&path.child("hostnameOverride"), format!("may not be set when `{field}` is true"));
    }
}

/// Kernel settings of a namespace that the pod shares with the host are not the pod's to change.
fn sysctls(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (context, settings) = (path.child("securityContext"), list(&spec["securityContext"], "sysctls"));
    let field = context.child("sysctls");
    let mut names = Distinct::default();
    for (at, setting) in settings.iter().enumerate() {
        let (at_path, name) = (field.index(at), text(setting, "name"));
        let at_name = at_path.child("name");
        if !name.is_empty() && !is_sysctl(name) {
            let why = "must have at most 253 characters and match regex \
                       ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
            faults.invalid_text(&at_name, name, why);
        } else if !name.is_empty() && names.repeats(name) {
            faults.duplicate(&at_name, &name.into());
        }
        let dotted = name.replace('/', ".");
        let of_ipc =
            ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|prefix| dotted.starts_with(prefix)) || dotted == "kernel.sem";
        if flag(spec, "hostNetwork") && dotted.starts_with("net.") {
            faults.invalid_text(&at_name, name, "may not be specified when 'hostNetwork' is true");
        } else if flag(spec, "hostIPC") && of_ipc {
            faults.invalid_text(&at_name, name, "may not be specified when 'hostIPC' is true");
        }
    }
}

fn is_sysctl(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let segment = |text: &str| {
        let bytes = text.as_bytes();
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| inner(*byte));
        ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|byte| inner(*byte) || matches!(byte, b'-' | b'_'))
    };
    name.len() <= 253 && name.split(['.', '/']).all(segment)
}

/// What only a pod of its own can be asked about its volume; `made` are the claims that it gets for ephemeral ones.
fn volume_of_pod(volume: &Value, pod: &str, spec: &Value, made: &Distinct<String>, path: &Path<'_>, faults: &mut Faults) {
    let name = text(volume, "name");
    if volume.get("image").is_some() && text(&volume["image"], "reference").is_empty() {
        faults.required(&path.child("image").child("reference"), "");
    }
    if volume.get("ephemeral").is_some() && !pod.is_empty() && !name.is_empty() {
        let claim = format!("{pod}-{name}");
        if let Some(why) = dns_subdomain_fault(&claim) {
            faults.invalid_text(&path.child("name"), name, format!("PVC name {claim:?}: {why}"));
        }
    }
    let claim = text(&volume["persistentVolumeClaim"], "claimName");
    if !claim.is_empty() && made.has(&claim.to_owned()) {
        let source = path.child("persistentVolumeClaim");
        let why = "must not reference a PVC that gets created for an ephemeral volume";
        faults.invalid_text(&source.child("claimName"), claim, why);
    }
    if text(spec, "serviceAccountName").is_empty() {
        let projected = path.child("projected");
        let sources = projected.child("sources");
        for (at, source) in list(&volume["projected"], "sources").iter().enumerate() {
            if source.get("serviceAccountToken").is_some() {
                let why = "must not be specified when serviceAccountName is not set";
                faults.forbidden(&sources.index(at).child("serviceAccountToken"), why);
            }
        }
    }
}

/// The devices that a pod claims: one way each.
fn claims(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    const FIELDS: [&str; 2] = ["resourceClaimName", "resourceClaimTemplateName"];
    let claims = list(spec, "resourceClaims");
    let mut names = Distinct::default();
    for (at, claim) in claims.iter().enumerate() {
        let (at_path, name) = (path.index(at), text(claim, "name"));
        if !name.is_empty() && names.repeats(name) {
            faults.duplicate(&at_path.child("name"), &name.into());
        }
        match FIELDS.iter().filter(|field| claim.get(**field).is_some()).count() {
            0 => faults.invalid(&at_path, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            1 => {}
            _ => {
                let why = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
                faults.invalid(&at_path, claim, why);
            }
        }
    }
}

/// What a pod asks for as a whole holds its containers.
fn own_resources(resources: &Value, spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    if resources.get("claims").is_some() {
        faults.forbidden(&path.child("claims"), "claims cannot be set for Resources at pod-level");
    }
    containers::requirements(resources, Of::Pod, &Claims::default(), path, faults);
    let mut owns: HashMap<&String, Vec<(usize, Quantity)>> = HashMap::new();
    for (at, container) in list(spec, "containers").iter().enumerate() {
        for (name, own) in container["resources"]["limits"].as_object().into_iter().flatten() {
            let own = Quantity::from_value(own).ok();
            owns.entry(name).or_default().extend(own.map(|own| (at, own)));
        }
    }
    for (name, limit) in resources["limits"].as_object().into_iter().flatten() {
        let Ok(most) = Quantity::from_value(limit) else { continue };
        for (at, own) in owns.remove(name).unwrap_or_default() {
            if own > most {
                let (containers, shown) = (path.child("containers"), own.to_string());
                let at = containers.index(at);
                let at = at.key(name);
                faults.invalid_text(&at.child("limits"), &shown, format!("must be less than or equal to pod limits of {most}"));
            }
        }
    }
    holds(resources, spec, "requests", path, faults);
    holds(resources, spec, "limits", path, faults);
}

/// Whether the `requests`, or the `limits` of huge pages, of a pod are at least those of its containers together. What it does
/// not say is as much as they need.
fn holds(resources: &Value, spec: &Value, which: &str, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child(which);
    let needed = spec.as_object().map(|spec| container_amounts(spec, which)).unwrap_or_default();
    for (name, needed) in needed.0.iter().filter(|(name, _)| which == "requests" || name.starts_with("hugepages-")) {
        let given = resources[which].get(name).and_then(|given| Quantity::from_value(given).ok());
        if let Some(given) = given.filter(|given| needed > given) {
            let why = format!("must be greater than or equal to aggregate container {which} of {needed}");
            faults.invalid_text(&field.key(name), &given.to_string(), why);
        }
    }
}
