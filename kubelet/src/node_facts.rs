//! What is fixed about this node.

use kontiki_api::Text;

/// What is fixed about this node while the process runs.
#[derive(Clone, Debug, Default)]
pub struct NodeFacts {
    /// The node's name.
    pub name: Text,
    /// Its address.
    pub ip: Text,
    /// Address of the cluster's DNS.
    pub cluster_dns: Text,
    /// The cluster's domain.
    pub cluster_domain: Text,
    /// Processor time pods may use, thousandths of a core.
    pub cpu_millis: i64,
    /// Memory pods may use, bytes.
    pub memory_bytes: i64,
    /// How many pods may run.
    pub pods: usize,
    /// Folder of the profiles that `seccompProfile.localhostProfile` names.
    pub seccomp_dir: Text,
    /// Whether a process may be made less likely to be killed than its parent.
    pub may_lower_oom_score: bool,
}
