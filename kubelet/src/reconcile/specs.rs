//! From the pod's spec to what the node makes.

use kontiki_api::Text;
use kontiki_api::quantity::Quantity;

use super::expand::expand;
use super::facts::Facts;
use super::{back_off, containers};
use crate::effect::{ContainerSpec, Dns, Doing, Hidden, MountSpec, SandboxSpec, Termination};
use crate::observed::{ContainerState, SandboxState};
use crate::runtime::{Limits, Namespace, Phase, Program, Seccomp};
use crate::view::{Container, DnsOption};

/// Ends something at once.
pub fn kill() -> Doing {
    Doing::Stop { grace_seconds: 0, pre_stop: None, ip: Text::from(""), ports: Vec::new() }
}

/// The named ports of a container.
pub fn ports(container: &Container) -> Vec<(Text, u16)> {
    let named = container.ports.iter().filter(|port| !port.name.is_empty());
    named.map(|port| (port.name.as_str().into(), port.container_port)).collect()
}

/// What makes a running container another one: its image (upstream restarts it then).
pub fn hash(container: &Container) -> Text {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let bytes = container.name.bytes().chain([0]).chain(container.image.bytes());
    format!("{:x}", bytes.fold(0xcbf2_9ce4_8422_2325, fold)).into()
}

/// How the pod's sandbox is made.
pub fn sandbox(facts: &Facts<'_>) -> SandboxSpec {
    let spec = facts.spec();
    let base = if spec.hostname.is_empty() { &facts.pod().metadata.name } else { &spec.hostname };
    let short: String = base.chars().take(63).collect();
    let hostname = short.trim_end_matches(['-', '.']).to_owned();
    let fqdn = if spec.subdomain.is_empty() {
        String::new()
    } else {
        format!("{hostname}.{}.{}.svc.{}", spec.subdomain, facts.key.namespace, facts.node.cluster_domain)
    };
    SandboxSpec {
        hostname: if spec.set_hostname_as_fqdn && !fqdn.is_empty() { fqdn.clone() } else { hostname },
        fqdn,
        host_network: spec.host_network,
        host_pid: spec.host_pid,
        host_ipc: spec.host_ipc,
        sysctls: spec.security_context.sysctls.iter().map(|sysctl| (sysctl.name.clone(), sysctl.value.clone())).collect(),
        dns: dns(facts),
        host_aliases: spec.host_aliases.iter().map(|alias| (alias.ip.clone(), alias.hostnames.clone())).collect(),
    }
}

fn dns(facts: &Facts<'_>) -> Dns {
    let spec = facts.spec();
    let domain = &facts.node.cluster_domain;
    let mut dns = match spec.dns_policy.as_str() {
        "None" => Dns::default(),
        "Default" => Dns { from_node: true, ..Dns::default() },
        "ClusterFirst" | "" if spec.host_network => Dns { from_node: true, ..Dns::default() },
        _ => Dns {
            from_node: false,
            nameservers: vec![facts.node.cluster_dns.to_string()],
            searches: vec![format!("{}.svc.{domain}", facts.key.namespace), format!("svc.{domain}"), domain.to_string()],
            options: vec!["ndots:5".into()],
        },
    };
    let option = |option: &DnsOption| match &option.value {
        Some(value) => format!("{}:{value}", option.name),
        None => option.name.clone(),
    };
    dns.nameservers.extend(spec.dns_config.nameservers.iter().cloned());
    dns.searches.extend(spec.dns_config.searches.iter().cloned());
    for added in spec.dns_config.options.iter().map(option) {
        let name = added.split(':').next().unwrap_or_default().to_owned();
        dns.options.retain(|known| known.split(':').next() != Some(&name));
        dns.options.push(added);
    }
    dns
}

/// How one run of a container is made.
pub fn container(
    facts: &Facts<'_>,
    container: &Container,
    sandbox: &SandboxState,
    env: Vec<(String, String)>,
    mounts: Vec<MountSpec>,
) -> ContainerSpec {
    let spec = facts.spec();
    let security = &container.security_context;
    let lookup = |name: &str| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let expanded = |words: &[String]| words.iter().map(|word| expand(word, lookup)).collect::<Vec<_>>();
    let ended = |(_, state): &(u32, &ContainerState)| state.phase == Phase::Exited;
    let previous = facts.latest(&container.name).filter(ended).map(|(_, state)| state);
    ContainerSpec {
        program: Program {
            image: container.image.clone(),
            command: expanded(&container.command),
            args: expanded(&container.args),
            working_dir: container.working_dir.clone(),
            network: if spec.host_network { Namespace::Host } else { Namespace::Of(sandbox.id.to_string()) },
            ipc: Namespace::Of(sandbox.id.to_string()),
            pid: pid(facts, container, sandbox),
            user: user(facts, container),
            groups: groups(facts),
            privileged: security.privileged,
            read_only_root: security.read_only_root_filesystem,
            cap_add: security.capabilities.add.clone(),
            cap_drop: security.capabilities.drop.clone(),
            no_new_privileges: security.allow_privilege_escalation == Some(false),
            seccomp: seccomp(facts, container),
            tty: container.tty,
            stdin: container.stdin,
            stdin_once: container.stdin_once,
            limits: limits(facts, container),
        },
        sandbox: sandbox.id.clone(),
        mounts,
        non_root: security.run_as_non_root.or(spec.security_context.run_as_non_root).unwrap_or_default(),
        termination: Termination {
            path: container.termination_message_path.clone(),
            from_logs: container.termination_message_policy == "FallbackToLogsOnError",
        },
        post_start: container.lifecycle.post_start.clone(),
        ip: facts.ip(),
        ports: ports(container),
        hash: hash(container),
        back_off_seconds: previous
            .filter(|state| state.sandbox == sandbox.id)
            .map_or(0, |state| back_off::next_seconds(state.back_off_seconds, containers::ran(state))),
        env: env.into_iter().map(|(name, value)| Hidden::from(format!("{name}={value}"))).collect(),
    }
}

/// Whose processes a container sees: an ephemeral one those of its target.
fn pid(facts: &Facts<'_>, container: &Container, sandbox: &SandboxState) -> Namespace {
    let spec = facts.spec();
    let running = |(_, state): &(u32, &ContainerState)| state.phase == Phase::Running;
    match facts.current(&container.target_container_name).filter(running) {
        _ if spec.host_pid => Namespace::Host,
        _ if spec.share_process_namespace => Namespace::Of(sandbox.id.to_string()),
        Some((_, target)) => Namespace::Of(target.runtime_id().to_owned()),
        None => Namespace::Own,
    }
}

/// The container's profile, or the pod's. Where neither asks for one, the runtime's own confines it, as upstream's
/// kubelet does with `--seccomp-default`.
fn seccomp(facts: &Facts<'_>, container: &Container) -> Seccomp {
    let own = container.security_context.seccomp_profile.as_ref();
    match own.or(facts.spec().security_context.seccomp_profile.as_ref()) {
        Some(profile) if profile.r#type == "Unconfined" => Seccomp::Unconfined,
        Some(profile) if profile.r#type == "Localhost" => {
            Seccomp::File(std::path::Path::new(&*facts.node.seccomp_dir).join(&profile.localhost_profile))
        }
        _ => Seccomp::Runtime,
    }
}

fn user(facts: &Facts<'_>, container: &Container) -> String {
    let pod = &facts.spec().security_context;
    let user = container.security_context.run_as_user.or(pod.run_as_user);
    let group = container.security_context.run_as_group.or(pod.run_as_group);
    match (user, group) {
        (Some(user), Some(group)) => format!("{user}:{group}"),
        (Some(user), None) => user.to_string(),
        (None, Some(group)) => format!("0:{group}"),
        (None, None) => String::new(),
    }
}

fn groups(facts: &Facts<'_>) -> Vec<i64> {
    let pod = &facts.spec().security_context;
    pod.supplemental_groups.iter().copied().chain(pod.fs_group).collect()
}

fn limits(facts: &Facts<'_>, container: &Container) -> Limits {
    let quantity =
        |map: &std::collections::BTreeMap<String, String>, name: &str| map.get(name).and_then(|text| Quantity::parse(text).ok());
    let resources = &container.resources;
    let limit_millis = quantity(&resources.limits, "cpu").map(Quantity::millis).filter(|millis| *millis > 0);
    let request_millis = quantity(&resources.requests, "cpu").map(Quantity::millis).or(limit_millis).unwrap_or_default();
    let memory_bytes = quantity(&resources.limits, "memory").map(Quantity::units).filter(|bytes| *bytes > 0);
    let request_bytes = quantity(&resources.requests, "memory").map(Quantity::units);
    Limits {
        memory_bytes,
        cpu_shares: Some((request_millis * 1024 / 1000).max(2)),
        cpu_quota_us: limit_millis.map(|millis| (millis * 100).max(1000)),
        pids: None,
        oom_score_adj: oom_score(facts, memory_bytes, request_bytes),
    }
}

/// Upstream's order of killing: guaranteed pods last, best-effort pods first.
fn oom_score(facts: &Facts<'_>, limit: Option<i64>, request: Option<i64>) -> Option<i64> {
    let score = match facts.told_text("qosClass") {
        "Guaranteed" => -997,
        "BestEffort" => 1000,
        _ if facts.node.memory_bytes > 0 => {
            let request = request.or(limit).unwrap_or_default();
            (1000 - 1000 * request / facts.node.memory_bytes).clamp(3, 999)
        }
        _ => return None,
    };
    Some(score).filter(|score| *score >= 0 || facts.node.may_lower_oom_score)
}
