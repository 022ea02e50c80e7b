//! Which collections a quota is about.

use std::collections::BTreeSet;

/// Pods, by what they compute with.
const OF_PODS: [&str; 4] = ["pods", "cpu", "memory", "ephemeral-storage"];

/// The collections (`pods`, `jobs.batch`) whose objects use any of the resources `names` of a quota.
pub fn collections<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    names.map(collection).collect()
}

fn collection(name: &str) -> String {
    if let Some(counted) = name.strip_prefix("count/") {
        return counted.to_owned();
    }
    if name.starts_with("services") {
        return "services".into();
    }
    if name == "requests.storage" || name.contains(".storageclass.storage.k8s.io/") {
        return "persistentvolumeclaims".into();
    }
    let computes = ["requests.", "limits.", "hugepages-"].iter().any(|prefix| name.starts_with(prefix));
    if computes || OF_PODS.contains(&name) { "pods".into() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_quota_means_a_collection() {
        let names = [
            "requests.nvidia.com/gpu",
            "limits.cpu",
            "services.nodeports",
            "count/jobs.batch",
            "secrets",
            "requests.storage",
            "gold.storageclass.storage.k8s.io/persistentvolumeclaims",
            "hugepages-2Mi",
        ];
        let found: Vec<String> = collections(names.into_iter()).into_iter().collect();
        assert_eq!(found, ["jobs.batch", "persistentvolumeclaims", "pods", "secrets", "services"]);
    }
}
