use serde_json::{Value, json};

use super::PodSecurityConfiguration;
use super::evaluate::evaluate;
use super::fault::told;
use super::policy::{Level, PREFIX, Policy, Wanted};

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

/// The policy of labels, each without what all begin with.
fn policy(labels: &[(&str, &str)], defaults: &Policy) -> Policy {
    let of = |key: &str| labels.iter().find(|(label, _)| key.strip_prefix(PREFIX) == Some(*label)).map(|(_, value)| *value);
    Policy::of(of, defaults)
}

#[test]
fn what_is_enforced_is_warned_of_where_that_is_more_and_no_label_says_otherwise() {
    let told = |labels: &[(&str, &str)], defaults: &Policy| {
        let policy = policy(labels, defaults);
        format!("{} {} {}", policy.enforce, policy.audit, policy.warn)
    };
    let none = Policy::default();
    let strict = Policy { warn: Wanted { level: Level::Restricted, version: "v1.30".into() }, ..Policy::default() };
    let open = "privileged:latest";
    for (labels, defaults, wanted) in [
        (&[("enforce", "baseline")][..], &none, format!("baseline:latest {open} baseline:latest")),
        (&[("enforce", "baseline"), ("enforce-version", "v1.29")], &none, format!("baseline:v1.29 {open} baseline:v1.29")),
        (&[("enforce", "baseline"), ("warn-version", "v1.28")], &none, format!("baseline:latest {open} baseline:v1.28")),
        (&[("warn", "restricted"), ("warn-version", "v1.30")], &none, format!("{open} {open} restricted:v1.30")),
        (&[("enforce", "baseline"), ("warn", "privileged")], &none, format!("baseline:latest {open} {open}")),
        (&[("enforce", "baseline")], &strict, format!("baseline:latest {open} restricted:v1.30")),
        (&[("enforce", "?"), ("audit", "?"), ("warn", "?")], &none, format!("restricted:latest {open} {open}")),
        (&[("enforce", "?"), ("enforce-version", "v1.+1")], &none, format!("restricted:latest {open} {open}")),
    ] {
        assert_eq!(told(labels, defaults), wanted, "{labels:?}");
    }
}

#[test]
fn faults_are_told_in_upstreams_order() {
    let spec = json!({"hostNetwork": true, "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
        "securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}], "seccompProfile": {"type": "Unconfined"}},
        "containers": [{"name": "c", "securityContext": {"procMount": "Unmasked", "privileged": true, "runAsUser": 0,
            "capabilities": {"add": ["NET_ADMIN"]}, "seLinuxOptions": {"user": "u"}}}]});
    let reasons = |level: Level, version: &str| {
        let wanted = Wanted { level, version: version.into() };
        evaluate(&wanted, &json!({}), &spec).iter().map(|fault| fault.reason).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        reasons(Level::Baseline, "latest"),
        "non-default capabilities, host namespaces, hostPath volumes, privileged, procMount, seLinuxOptions, seccompProfile, \
         forbidden sysctls"
    );
    assert_eq!(
        reasons(Level::Restricted, "latest"),
        "host namespaces, privileged, seLinuxOptions, forbidden sysctls, allowPrivilegeEscalation != false, \
         unrestricted capabilities, procMount, restricted volume types, runAsNonRoot != true, runAsUser=0, seccompProfile"
    );
    assert!(reasons(Level::Restricted, "v1.34").starts_with("host namespaces, privileged, procMount, seLinuxOptions"));
}

#[test]
fn profiles_in_annotations_are_told_in_upstreams_words() {
    let told = |version: &str, annotations: Value, spec: Value| {
        let wanted = Wanted { level: Level::Baseline, version: version.into() };
        told(&evaluate(&wanted, &json!({"annotations": annotations}), &spec))
    };
    let container = json!({"containers": [{"name": "c"}]});
    let armor = "container.apparmor.security.beta.kubernetes.io";
    let annotation = |value: &str| json!({format!("{armor}/c"): value});
    for fine in ["", "runtime/default", "localhost/x"] {
        assert_eq!(told("latest", annotation(fine), container.clone()), "");
    }
    let one = format!(r#"annotation must not set AppArmor profile type to "{armor}/c="unconfined"""#);
    assert_eq!(told("latest", annotation("unconfined"), container.clone()), format!("forbidden AppArmor profile ({one})"));
    let both = json!({"containers": [{"name": "c", "securityContext": {"appArmorProfile": {"type": "Unconfined"}}}]});
    assert!(told("latest", annotation("x"), both).starts_with(
        r#"forbidden AppArmor profiles (container "c" and annotation must not set AppArmor profile type to "Unconfined", "#
    ));
    let [pod, of] = super::baseline::SECCOMP;
    let profiles =
        json!({pod: "x", format!("{of}c"): "unconfined", format!("{of}d"): "docker/default", format!("{of}gone"): "x"});
    let containers = json!({"containers": [{"name": "c"}, {"name": "d"}]});
    let wanted = format!(r#"seccompProfile (forbidden annotations {of}c="unconfined", {pod}="x")"#);
    assert_eq!(told("v1.18", profiles.clone(), containers.clone()), wanted);
    assert_eq!(told("v1.19", profiles, containers), "");
}

#[test]
fn hosts_of_probes_are_told_by_name() {
    let probe = |name: &str, host: &str| json!({"name": name, "livenessProbe": {"httpGet": {"host": host}}});
    let told = |containers: Value| violations(Level::Baseline, &json!({"containers": containers}));
    assert_eq!(
        told(json!([probe("b", "h"), probe("a", "g")])),
        r#"probe or lifecycle host (containers "a", "b" use probe or lifecycle hosts "g", "h")"#
    );
    assert_eq!(told(json!([probe("a", "h")])), r#"probe or lifecycle host (container "a" uses probe or lifecycle host "h")"#);
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
    let defaults = configuration.policy();
    assert_eq!((defaults.enforce.to_string(), defaults.warn.to_string()), ("baseline:v1.30".into(), "privileged:latest".into()));
    assert_eq!(policy(&[("enforce", "restricted")], &defaults).enforce.to_string(), "restricted:v1.30");
    let reason = |user: &str, namespace: &str, class: &str| configuration.exemptions.reason(user, namespace, class);
    assert_eq!(reason("root", "shop", ""), Some("user"));
    assert_eq!(reason("bob", "free", ""), Some("namespace"));
    assert_eq!(reason("bob", "shop", "vm"), Some("runtimeClass"));
    assert_eq!(reason("bob", "shop", ""), None);
}
