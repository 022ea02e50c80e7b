//! What containers must say where a quota limits it.

use std::collections::{BTreeMap, BTreeSet};

use kontiki_api::quota::{Amounts, containers};
use serde_json::Value;

/// Where a limited amount stands in a container: of which list, under which name.
const REQUIRED: [(&str, &str, &str); 6] = [
    ("cpu", "requests", "cpu"),
    ("memory", "requests", "memory"),
    ("requests.cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
];

/// What `pod` leaves open of what a quota with `hard` limits, in upstream's words; `None` for nothing. Nothing is asked of the
/// containers of a pod that says anything for itself as a whole.
pub(super) fn must_specify(pod: &Value, hard: &Amounts) -> Option<String> {
    if speaks_as_a_whole(pod) {
        return None;
    }
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (limited, which, name) in REQUIRED.iter().filter(|(limited, ..)| hard.0.contains_key(*limited)) {
        let lacks = |container: &&Value| !Amounts::read(container.pointer(&format!("/resources/{which}"))).0.contains_key(*name);
        for container in containers(pod).filter(lacks) {
            missing.entry(*limited).or_default().insert(container["name"].as_str().unwrap_or_default());
        }
    }
    let told = missing.into_iter().map(|(limited, names)| {
        let names: Vec<&str> = names.into_iter().collect();
        format!("{limited} for: {}", names.join(","))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("must specify {}", told.join("; ")))
}

/// Whether `pod` requests or limits anything for all of its containers together (upstream's `IsPodLevelResourcesSet`).
fn speaks_as_a_whole(pod: &Value) -> bool {
    let counts = |name: &String| matches!(name.as_str(), "cpu" | "memory") || name.starts_with("hugepages-");
    ["requests", "limits"].into_iter().any(|which| {
        let amounts = pod.pointer(&format!("/spec/resources/{which}")).and_then(Value::as_object);
        amounts.is_some_and(|amounts| amounts.keys().any(counts))
    })
}
