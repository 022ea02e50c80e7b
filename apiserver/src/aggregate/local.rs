//! APIServices of the groups that this server serves itself.

use std::collections::BTreeMap;

use kontiki_api::kind::{Kind, Kinds, priority};
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::api_service::AUTOMANAGED;

/// The group that serves the list itself is not in it.
const OWN: &str = "apiregistration.k8s.io";

/// The APIServices of the groups and versions in `kinds`, by name; `custom` ones come and go with their definitions,
/// the others are made when the server starts.
pub(crate) fn api_services(kinds: &Kinds, custom: bool, now: Time) -> BTreeMap<String, Value> {
    let rows = kinds.iter().filter(|row| row.custom.is_some() == custom && &*row.group != OWN);
    rows.map(|row| (format!("{}.{}", row.version, row.group), local(row, now))).collect()
}

fn local(row: &Kind, now: Time) -> Value {
    let (group_priority, version_priority) = priority(row);
    let (group, version) = (&*row.group, &*row.version);
    json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": format!("{version}.{group}"), "labels": {AUTOMANAGED: if row.custom.is_some() { "true" } else { "onstart" }}},
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
        assert_eq!(spec("v1.apps"), (17_800.into(), 15.into()));
        assert_eq!(spec("v1.flowcontrol.apiserver.k8s.io"), (16_100.into(), 21.into()));
        assert_eq!(spec("v1.resource.k8s.io"), (16_200.into(), 20.into()));
        assert!(api_services(&Kinds::builtin(), true, NOW).is_empty());
    }
}
