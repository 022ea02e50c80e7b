use serde_json::{Value, json};

use super::PodSecurityConfiguration;
use super::evaluate::evaluate;
use super::fault::told;
use super::policy::{Level, Policy, Wanted};

fn violations(level: Level, spec: &Value) -> String {
    violations_of(level, "latest", spec)
}

fn violations_of(level: Level, version: &str, spec: &Value) -> String {
    told(&evaluate(&Wanted { level, version: version.into() }, &json!({}), spec))
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

#[test]
fn what_a_later_version_asks_for_is_not_asked_for_before() {
    let sysctl = |name: &str| json!({"securityContext": {"sysctls": [{"name": name, "value": "1"}]}, "containers": []});
    let keepalive = sysctl("net.ipv4.tcp_keepalive_time");
    assert_eq!(violations_of(Level::Baseline, "v1.28", &keepalive), "forbidden sysctls (net.ipv4.tcp_keepalive_time)");
    assert_eq!(violations_of(Level::Baseline, "v1.29", &keepalive), "");
    let plain = json!({"containers": [{"name": "c"}]});
    let asked = |version: &str| violations_of(Level::Restricted, version, &plain);
    assert!(!asked("v1.7").contains("allowPrivilegeEscalation") && asked("v1.8").contains("allowPrivilegeEscalation"));
    assert!(!asked("v1.21").contains("unrestricted capabilities") && asked("v1.22").contains("unrestricted capabilities"));
    let root = container(json!({"runAsUser": 0}));
    let runs = |version: &str| violations_of(Level::Restricted, version, &root).contains("runAsUser=0");
    assert!(!runs("v1.22") && runs("v1.23"));
    let probed = json!({"containers": [{"name": "c", "livenessProbe": {"httpGet": {"host": "h"}}}]});
    assert_eq!(violations_of(Level::Baseline, "v1.33", &probed), "");
    assert!(violations_of(Level::Baseline, "v1.34", &probed).contains("probe or lifecycle host"));
}

#[test]
fn defaults_hold_where_labels_say_nothing_and_the_exempt_are_named() {
    let configuration: PodSecurityConfiguration = serde_json::from_value(json!({
        "defaults": {"enforce": "baseline", "enforce-version": "v1.30"},
        "exemptions": {"usernames": ["root"], "namespaces": ["free"], "runtimeClasses": ["vm"]},
    }))
    .unwrap();
    assert_eq!(configuration.policy(|_| None).enforce.to_string(), "baseline:v1.30");
    let labelled = configuration.policy(|key| (key == "pod-security.kubernetes.io/enforce").then_some("restricted"));
    assert_eq!(labelled.enforce.to_string(), "restricted:v1.30");
    let reason = |user: &str, namespace: &str, class: &str| configuration.exemptions.reason(user, namespace, class);
    assert_eq!(reason("root", "shop", ""), Some("user"));
    assert_eq!(reason("bob", "free", ""), Some("namespace"));
    assert_eq!(reason("bob", "shop", "vm"), Some("runtimeClass"));
    assert_eq!(reason("bob", "shop", ""), None);
}
