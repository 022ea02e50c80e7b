//! How a sandbox is made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a sandbox is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SandboxSpec {
    /// The pod's host name.
    pub hostname: String,
    /// `hostname.subdomain.namespace.svc.domain`, where the pod has a subdomain; else empty.
    pub fqdn: String,
    /// Uses the node's network.
    pub host_network: bool,
    /// Sees the node's processes.
    pub host_pid: bool,
    /// Uses the node's IPC.
    pub host_ipc: bool,
    /// Kernel settings.
    pub sysctls: BTreeMap<String, String>,
    /// Name resolution.
    pub dns: Dns,
    /// Further lines of `/etc/hosts`: address and names.
    pub host_aliases: Vec<(String, Vec<String>)>,
}

/// What `resolv.conf` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dns {
    /// Starts from the node's own file.
    pub from_node: bool,
    /// Name servers.
    pub nameservers: Vec<String>,
    /// Search domains.
    pub searches: Vec<String>,
    /// Options: `ndots:5`.
    pub options: Vec<String>,
}
