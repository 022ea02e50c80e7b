//! APIServices of the groups that this server serves itself.

use std::collections::BTreeMap;

use kontiki_api::kind::Kinds;
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::api_service::AUTOMANAGED;

/// Upstream's places of its groups among others; in a group the higher version goes first.
const PRIORITIES: [(&str, i64); 19] = [
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
    ("flowcontrol.apiserver.k8s.io", 16_100),
];
/// Where groups stand that have no place of their own, and those of custom kinds.
const OTHERS: i64 = 15_000;
const CUSTOM: (i64, i64) = (1_000, 100);
/// The group that serves the list itself is not in it.
const OWN: &str = "apiregistration.k8s.io";

/// The APIServices of the groups and versions in `kinds`, by name; `custom` ones come and go with their definitions,
/// the others are made when the server starts.
pub(crate) fn api_services(kinds: &Kinds, custom: bool, now: Time) -> BTreeMap<String, Value> {
    let rows = kinds.iter().filter(|row| row.custom.is_some() == custom && &*row.group != OWN);
    let places = rows.map(|row| (row.group.to_string(), row.version.to_string()));
    places.map(|(group, version)| (format!("{version}.{group}"), local(&group, &version, custom, now))).collect()
}

fn local(group: &str, version: &str, custom: bool, now: Time) -> Value {
    let place = PRIORITIES.iter().find(|(known, _)| *known == group).map_or(OTHERS, |(_, place)| *place);
    let number = version.trim_start_matches('v').chars().take_while(char::is_ascii_digit).collect::<String>();
    let number: i64 = number.parse().unwrap_or(1);
    let (group_priority, version_priority) = match (custom, group.is_empty()) {
        (true, _) => CUSTOM,
        (false, true) => (place, 1),
        (false, false) => (place, 15 * number),
    };
    json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": format!("{version}.{group}"), "labels": {AUTOMANAGED: if custom { "true" } else { "onstart" }}},
        "spec": {
            "group": group, "version": version,
            "groupPriorityMinimum": group_priority, "versionPriority": version_priority,
        },
        "status": {"conditions": [condition(now)]},
    })
}

/// What is served here is always there.
pub(super) fn condition(now: Time) -> Value {
    json!({
        "type": "Available", "status": "True", "lastTransitionTime": now.seconds(),
        "reason": "Local", "message": "Local APIServices are always available",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::NOW;

    #[test]
    fn every_group_and_version_has_one_but_their_own() {
        let all = api_services(&Kinds::builtin(), false, NOW);
        assert!(["v1.", "v1.apps", "v1.autoscaling", "v2.autoscaling"].iter().all(|name| all.contains_key(*name)));
        assert!(!all.contains_key("v1.apiregistration.k8s.io"));
        let spec = |name: &str| (all[name]["spec"]["groupPriorityMinimum"].clone(), all[name]["spec"]["versionPriority"].clone());
        assert_eq!(spec("v1."), (18_000.into(), 1.into()));
        assert_eq!(spec("v2.autoscaling"), (17_500.into(), 30.into()));
        assert!(api_services(&Kinds::builtin(), true, NOW).is_empty());
    }
}
