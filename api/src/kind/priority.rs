//! Where groups and versions stand among others.

use super::Kind;

/// Upstream's places of its groups among others, and of a `v1` where it is not [`VERSION`].
const GROUPS: [(&str, i64); 21] = [
    // It serves the list of the others, and goes before them.
    ("apiregistration.k8s.io", 20_000),
    ("", 18_000),
    ("apps", 17_800),
    ("events.k8s.io", 17_750),
    ("authentication.k8s.io", 17_700),
    ("authorization.k8s.io", 17_600),
    ("autoscaling", 17_500),
    ("batch", 17_400),
    ("certificates.k8s.io", 17_300),
    ("networking.k8s.io", 17_200),
    ("policy", 17_100),
    ("rbac.authorization.k8s.io", 17_000),
    ("storage.k8s.io", 16_800),
    ("apiextensions.k8s.io", 16_700),
    ("admissionregistration.k8s.io", 16_700),
    ("scheduling.k8s.io", 16_600),
    ("coordination.k8s.io", 16_500),
    ("node.k8s.io", 16_300),
    ("discovery.k8s.io", 16_200),
    ("resource.k8s.io", 16_200),
    ("flowcontrol.apiserver.k8s.io", 16_100),
];
/// Versions whose place is not that of most.
const VERSIONS: [(&str, &str, i64); 4] =
    [("", "v1", 1), ("autoscaling", "v2", 30), ("resource.k8s.io", "v1", 20), ("flowcontrol.apiserver.k8s.io", "v1", 21)];
/// Where built-in groups stand that have no place of their own, and most versions in theirs.
const GROUP: i64 = 15_000;
const VERSION: i64 = 15;
const CUSTOM: (i64, i64) = (1_000, 100);

/// Where the group of `row` stands among others, and its version in the group: `groupPriorityMinimum` and `versionPriority`
/// of upstream's APIServices. What stands higher goes first.
pub fn priority(row: &Kind) -> (i64, i64) {
    if row.custom.is_some() {
        return CUSTOM;
    }
    let group = GROUPS.iter().find(|(name, _)| *name == &*row.group);
    let version = VERSIONS.iter().find(|(group, version, _)| (*group, *version) == (&*row.group, &*row.version));
    (group.map_or(GROUP, |(_, place)| *place), version.map_or(VERSION, |(.., place)| *place))
}
