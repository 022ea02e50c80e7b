//! `/etc/hosts`, `/etc/resolv.conf` and `/etc/hostname` of a pod.

use std::io;

use crate::effect::{Dns, SandboxSpec};
use crate::pod_key::PodKey;

use super::Folders;

/// The node's own resolver configuration.
const NODE_RESOLV: &str = "/etc/resolv.conf";
/// The node's own hosts.
const NODE_HOSTS: &str = "/etc/hosts";

/// Writes the three files for a pod with the address `ip`.
pub fn write(folders: &Folders, pod: &PodKey, spec: &SandboxSpec, ip: &str) -> io::Result<()> {
    let hosts = if spec.host_network { node_hosts(spec)? } else { hosts(spec, ip) };
    let path = folders.etc(pod, "hosts");
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, hosts)?;
    std::fs::write(folders.etc(pod, "resolv.conf"), resolv(&spec.dns))?;
    std::fs::write(folders.etc(pod, "hostname"), format!("{}\n", spec.hostname))
}

fn hosts(spec: &SandboxSpec, ip: &str) -> String {
    let mut text = String::from("# Kubernetes-managed hosts file.\n");
    for line in [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet",
        "fe00::0\tip6-mcastprefix",
        "fe00::1\tip6-allnodes",
        "fe00::2\tip6-allrouters",
    ] {
        text.push_str(line);
        text.push('\n');
    }
    let names = if spec.fqdn.is_empty() { spec.hostname.clone() } else { format!("{}\t{}", spec.fqdn, short(&spec.hostname)) };
    text.push_str(&format!("{ip}\t{names}\n"));
    text + &aliases(spec)
}

fn short(hostname: &str) -> &str {
    hostname.split('.').next().unwrap_or_default()
}

fn node_hosts(spec: &SandboxSpec) -> io::Result<String> {
    let own = std::fs::read_to_string(NODE_HOSTS)?;
    Ok(format!("# Kubernetes-managed hosts file (host network).\n{own}{}", aliases(spec)))
}

fn aliases(spec: &SandboxSpec) -> String {
    if spec.host_aliases.is_empty() {
        return String::new();
    }
    let lines = spec.host_aliases.iter().map(|(ip, names)| format!("{ip}\t{}\n", names.join("\t")));
    format!("\n# Entries added by HostAliases.\n{}", lines.collect::<String>())
}

fn resolv(dns: &Dns) -> String {
    let mut text = if dns.from_node { std::fs::read_to_string(NODE_RESOLV).unwrap_or_default() } else { String::new() };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    if !dns.searches.is_empty() {
        text.push_str(&format!("search {}\n", dns.searches.join(" ")));
    }
    for server in &dns.nameservers {
        text.push_str(&format!("nameserver {server}\n"));
    }
    if !dns.options.is_empty() {
        text.push_str(&format!("options {}\n", dns.options.join(" ")));
    }
    text
}
