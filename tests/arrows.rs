//! Dependencies between our crates point one way only (docs/architecture.md).

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Who may know whom. Missing pairs are forbidden.
const ALLOWED: &[(&str, &[&str])] = &[
    ("kontiki-api", &["kontiki-cel"]),
    ("kontiki-cel", &[]),
    // Stands in for a crate of openraft's: docs/adr/0017-a-smaller-histogram.md.
    ("base2histogram", &[]),
    ("kontiki-store", &["kontiki-api"]),
    ("kontiki-apiserver", &["kontiki-api", "kontiki-cel", "kontiki-store"]),
    ("kontiki-runtime", &["kontiki-api"]),
    ("kontiki-reconcilers", &["kontiki-api", "kontiki-runtime"]),
    ("kontiki-kubelet", &["kontiki-api", "kontiki-runtime"]),
    ("kontiki-proxy", &["kontiki-api", "kontiki-runtime"]),
    ("kontiki-kubectl", &["kontiki-api", "kontiki-runtime"]),
    ("kontiki-checker", &[]),
    ("kontiki-chaos", &["kontiki-checker", "kontiki-runtime"]),
];

/// Our crates, each with those of ours that it depends on outside tests.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO")).args(["metadata", "--format-version=1", "--no-deps"]).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let ours = dependencies
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str())
                .filter(|name| name.starts_with("kontiki"));
            (package["name"].as_str().unwrap().to_string(), ours.map(String::from).collect())
        })
        .collect()
}

#[test]
fn every_arrow_between_crates_is_allowed() {
    let arrows = arrows();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for (from, to) in arrows.iter().filter(|(from, _)| *from != "kontiki") {
        let allowed = allowed.get(from.as_str()).unwrap_or_else(|| panic!("{from} is not in the list of crates"));
        for to in to {
            assert!(allowed.contains(&to.as_str()), "{from} must not depend on {to}");
        }
    }
    assert_eq!(arrows.len(), ALLOWED.len() + 1, "every crate of the list is there");
}
