//! Which containers that ended may run again.

use serde_json::Value;

use super::super::{list, text};
use crate::kind::validate::{ByText, Distinct, Faults, Path};

const STATUS: Path<'static> = Path::new("status");
/// The lists of statuses, and of the containers they are about.
const LISTS: [(&str, &str); 3] = [
    ("containerStatuses", "containers"),
    ("initContainerStatuses", "initContainers"),
    ("ephemeralContainerStatuses", "ephemeralContainers"),
];

/// A container of a pod with `spec` that has ended for good stays so, from the status `before` to the status `now`.
pub(super) fn check(now: &Value, before: &Value, spec: &Value, faults: &mut Faults) {
    let path: Path<'_> = STATUS;
    let all = restart_together(spec);
    for (statuses, containers) in LISTS {
        let debugs = containers == "ephemeralContainers";
        if all && !debugs {
            continue;
        }
        let own = ByText::of(list(spec, containers), "name");
        let going = list(now, statuses).iter().filter(|status| status["state"].get("terminated").is_none());
        let going: Distinct<&str> = going.map(|status| text(status, "name")).collect();
        let field = path.child(statuses);
        for (at, before) in list(before, statuses).iter().enumerate() {
            let (name, Some(end)) = (text(before, "name"), before["state"].get("terminated")) else { continue };
            let code = end["exitCode"].as_i64().unwrap_or_default();
            let again = !debugs && restarts(own.get(name), spec, code);
            if going.has(&name) && !again {
                faults.forbidden(&field.index(at).child("state"), "may not be transitioned to non-terminated state");
            }
        }
    }
}

/// Whether the end of some container can start all of them again.
fn restart_together(spec: &Value) -> bool {
    let containers = ["containers", "initContainers"].into_iter().flat_map(|field| list(spec, field));
    containers
        .flat_map(|container| list(container, "restartPolicyRules"))
        .any(|rule| text(rule, "action") == "RestartAllContainers")
}

/// Whether a container that ended with `code` is started again: its first rule for the code says so, or its own policy, or that
/// of the pod.
fn restarts(container: Option<&Value>, spec: &Value, code: i64) -> bool {
    let own = container.map(|container| text(container, "restartPolicy")).filter(|policy| !policy.is_empty());
    if let (Some(container), Some(_)) = (container, own) {
        let fits = |rule: &&Value| {
            let listed = list(&rule["exitCodes"], "values").iter().any(|value| *value == code);
            matches!((text(&rule["exitCodes"], "operator"), listed), ("In", true) | ("NotIn", false))
        };
        if list(container, "restartPolicyRules").iter().find(fits).is_some_and(|rule| text(rule, "action") == "Restart") {
            return true;
        }
    }
    match own.unwrap_or(text(spec, "restartPolicy")) {
        "Never" => false,
        "OnFailure" => code != 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn may_run_again(spec: Value, list: &str, code: i64) -> bool {
        let before = json!({list: [{"name": "c", "state": {"terminated": {"exitCode": code}}}]});
        let now = json!({list: [{"name": "c", "state": {"running": {}}}]});
        let mut faults = Faults::default();
        check(&now, &before, &spec, &mut faults);
        faults.is_empty()
    }

    #[test]
    fn a_container_runs_again_where_its_policy_or_a_rule_says_so() {
        let rule =
            |action: &str, operator: &str| json!([{"action": action, "exitCodes": {"operator": operator, "values": [42]}}]);
        for (pod, own, code, again) in [
            ("Always", json!({}), 0, true),
            ("OnFailure", json!({}), 0, false),
            ("OnFailure", json!({}), 1, true),
            ("Never", json!({}), 1, false),
            ("Never", json!({"restartPolicy": "Always"}), 0, true),
            ("Always", json!({"restartPolicy": "Never"}), 1, false),
            ("Never", json!({"restartPolicy": "Never", "restartPolicyRules": rule("Restart", "In")}), 42, true),
            ("Never", json!({"restartPolicy": "Never", "restartPolicyRules": rule("Restart", "In")}), 1, false),
            ("Never", json!({"restartPolicy": "Never", "restartPolicyRules": rule("Restart", "NotIn")}), 1, true),
        ] {
            let mut container = own.clone();
            container["name"] = "c".into();
            let spec = json!({"restartPolicy": pod, "containers": [container]});
            assert_eq!(may_run_again(spec, "containerStatuses", code), again, "{pod} {own} {code}");
        }
    }

    #[test]
    fn one_rule_can_start_all_containers_again_but_those_that_debug() {
        let rules = json!([{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}}]);
        let spec = json!({"restartPolicy": "Never", "containers": [{"name": "c"}, {"name": "d", "restartPolicy": "Never",
            "restartPolicyRules": rules}], "initContainers": [{"name": "c"}], "ephemeralContainers": [{"name": "c"}]});
        assert!(may_run_again(spec.clone(), "containerStatuses", 0));
        assert!(may_run_again(spec.clone(), "initContainerStatuses", 0));
        assert!(!may_run_again(spec, "ephemeralContainerStatuses", 0));
    }
}
