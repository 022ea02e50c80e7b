use serde_json::{Value, json};

use super::evaluate::evaluate;
use super::fault::told;
use super::policy::{Level, Policy};

fn violations(level: Level, spec: &Value) -> String {
    told(&evaluate(level, &json!({}), spec))
}

fn container(context: Value) -> Value {
    json!({"containers": [{"name": "c", "securityContext": context}]})
}

#[test]
fn a_plain_pod_violates_the_restricted_level_in_upstreams_words() {
    assert_eq!(
        violations(Level::Restricted, &json!({"containers": [{"name": "c"}]})),
        "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), \
         unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), \
         runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), \
         seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
    );
    assert_eq!(violations(Level::Baseline, &json!({"containers": [{"name": "c"}]})), "");
}

#[test]
fn a_hardened_pod_meets_the_restricted_level() {
    let spec =
        container(json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
        "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}));
    assert_eq!(violations(Level::Restricted, &spec), "");
}

#[test]
fn the_baseline_level_names_everything_it_does_not_allow() {
    let spec = json!({"hostNetwork": true, "hostPID": true, "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
        "securityContext": {"seccompProfile": {"type": "Unconfined"}, "sysctls": [{"name": "kernel.msgmax", "value": "1"}]},
        "containers": [
            {"name": "a", "ports": [{"hostPort": 80}], "securityContext": {"privileged": true}},
            {"name": "b", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}, "privileged": true}}]});
    assert_eq!(
        violations(Level::Baseline, &spec),
        "non-default capabilities (container \"b\" must not include \"NET_ADMIN\" in securityContext.capabilities.add), \
         host namespaces (hostNetwork=true, hostPID=true), hostPath volumes (volume \"v\"), \
         hostPort (container \"a\" uses hostPort 80), \
         privileged (containers \"a\", \"b\" must not set securityContext.privileged=true), \
         seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\"), \
         forbidden sysctls (kernel.msgmax)"
    );
    assert_eq!(violations(Level::Privileged, &spec), "");
}

#[test]
fn what_is_enforced_is_warned_of_where_no_label_says_otherwise() {
    let policy = Policy::of(|key| (key == "pod-security.kubernetes.io/enforce").then_some("baseline"));
    assert_eq!((policy.enforce.to_string(), policy.warn.to_string()), ("baseline:latest".into(), "baseline:latest".into()));
    let policy = Policy::of(|key| match key {
        "pod-security.kubernetes.io/warn" => Some("restricted"),
        "pod-security.kubernetes.io/warn-version" => Some("v1.30"),
        _ => None,
    });
    assert_eq!((policy.enforce.level, policy.warn.to_string()), (Level::Privileged, "restricted:v1.30".into()));
}
