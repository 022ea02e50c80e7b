//! The names of resources: what is standard, what is whole, what may be promised twice.

use crate::selector::label_key_faults;

const STANDARD: &[&str] = &[
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
    "storage",
];
const WHOLE: &[&str] = &[
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
/// Standard names that quotas do not count.
const NOT_COUNTED: [&str; 1] = ["storage"];

/// What is wrong with `name` as that of a resource of any kind.
pub(super) fn name_faults(name: &str) -> Vec<String> {
    let wrong = label_key_faults(name);
    if wrong.is_empty() && !name.contains('/') && !is_standard(name) {
        return vec!["must be a standard resource type or fully qualified".to_owned()];
    }
    wrong
}

/// Whether `name` needs no domain.
pub(super) fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name) || is_huge(name)
}

/// Whether a quota may limit `name`, which has no domain.
pub(super) fn is_counted(name: &str) -> bool {
    is_standard(name) && !NOT_COUNTED.contains(&name)
}

/// Whether `name` is upstream's own.
pub(super) fn is_native(name: &str) -> bool {
    name.split_once('/').is_none_or(|(domain, _)| domain.contains("kubernetes.io"))
}

/// Whether parts of `name` make no sense.
pub(super) fn is_whole(name: &str) -> bool {
    WHOLE.contains(&name) || !is_native(name)
}

/// Huge pages and what nodes advertise themselves cannot be promised twice.
pub(super) fn may_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge(name)
}

fn is_huge(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}
