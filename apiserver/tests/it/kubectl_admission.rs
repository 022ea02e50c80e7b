//! A real kubectl against policies and webhooks.

use serde_json::{Value, json};

use crate::harness::guarded;
use crate::hook_server::HookServer;
use crate::hooks::answer;
use crate::kubectl::Kubectl;

const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  variables: [{name: wanted, expression: object.spec.replicas}]
  validations:
  - expression: variables.wanted <= 3
    messageExpression: \"'no more than 3, not ' + string(variables.wanted)\"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few}
spec: {policyName: few, validationActions: [Deny]}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_refuses_until_it_is_unbound() {
    let kubectl = Kubectl::to(guarded().await).await;
    kubectl.ok("apply -f -", POLICY).await;
    kubectl.ok("create deployment web --image=demo --replicas=2", "").await;
    let (well, text) = kubectl.run("scale deployment web --replicas=5", "").await;
    assert!(well, "the policy is about deployments, not about their scale: {text}");
    let (well, text) = kubectl.run(r#"patch deployment web -p {"spec":{"replicas":7}}"#, "").await;
    assert!(
        !well && text.contains("ValidatingAdmissionPolicy 'few' with binding 'few' denied request: no more than 3, not 7"),
        "{text}"
    );
    kubectl.ok("delete validatingadmissionpolicybinding few", "").await;
    kubectl.ok(r#"patch deployment web -p {"spec":{"replicas":7}}"#, "").await;
    let wrong = POLICY.replace("variables.wanted <= 3", "object.spec.replica <= 3 && variables.wanted <= 3");
    kubectl.ok("apply -f -", &wrong).await;
    let described = kubectl.ok("get validatingadmissionpolicy few -o jsonpath={.status.typeChecking}", "").await;
    assert!(described.contains("undefined field 'replica'"), "{described}");
    let broken = POLICY.replace("variables.wanted <= 3", "variables.wanted <=");
    let (well, text) = kubectl.run("apply -f -", &broken).await;
    assert!(!well && text.contains("spec.validations[0].expression: Invalid value"), "{text}");
}

fn configuration(kind: &str, hook: &Value) -> String {
    json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": {"name": "h"}, "webhooks": [hook]})
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_refuses_what_its_conditions_name() {
    let kubectl = Kubectl::to(guarded().await).await;
    let hooks = HookServer::start(&["localhost"], answer).await;
    let when = json!({"matchConditions": [{"name": "b", "expression": "object.metadata.name == 'b'"}]});
    let hook = hooks.hook("deny.example.com", "/deny", &["configmaps"], &when);
    kubectl.ok("apply -f -", &configuration("ValidatingWebhookConfiguration", &hook)).await;
    kubectl.ok("create configmap a --from-literal=k=v", "").await;
    let (well, text) = kubectl.run("create configmap b --from-literal=k=v", "").await;
    assert!(!well && text.contains(r#"admission webhook "deny.example.com" denied the request: not here"#), "{text}");
    let wrong =
        json!({"matchConditions": [{"name": "b", "expression": "object.metadata.name"}, {"name": "c", "expression": "1 +"}]});
    let hook = hooks.hook("deny.example.com", "/deny", &["configmaps"], &wrong);
    let (well, text) = kubectl.run("apply -f -", &configuration("ValidatingWebhookConfiguration", &hook)).await;
    assert!(!well && text.contains("webhooks[0].matchConditions[1].expression: Invalid value"), "{text}");
}

/// Everything is refused, and whoever is to say so cannot be reached: what repairs it must go through all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_webhook_cannot_lock_the_cluster_out_of_repairing_it() {
    let kubectl = Kubectl::to(guarded().await).await;
    let hooks = HookServer::start(&["localhost"], answer).await;
    let gone = json!({"clientConfig": {"url": "https://localhost:1/"}, "failurePolicy": "Fail"});
    let hook = hooks.hook("gone.example.com", "", &["*/*"], &gone);
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        kubectl.ok("apply -f -", &configuration(kind, &hook)).await;
    }
    let everything = POLICY.replace("apiGroups: [apps], apiVersions: [v1]", "apiGroups: ['*'], apiVersions: ['*']");
    let everything = everything.replace("[CREATE, UPDATE], resources: [deployments]", "['*'], resources: ['*/*']");
    kubectl.ok("apply -f -", &everything.replace("variables.wanted <= 3", "'false'")).await;
    let (well, text) = kubectl.run("create configmap a --from-literal=k=v", "").await;
    assert!(!well && text.contains("failed calling webhook"), "{text}");
    let lease = "apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: worker, namespace: kube-node-lease}\n";
    let (well, text) = kubectl.run("apply -f -", lease).await;
    assert!(!well && text.contains("ValidatingAdmissionPolicy") && !text.contains("webhook"), "{text}");
    let (well, text) = kubectl.run("delete mutatingwebhookconfiguration h", "").await;
    assert!(!well && text.contains("ValidatingAdmissionPolicy") && !text.contains("webhook \""), "{text}");
    kubectl.ok("delete validatingadmissionpolicy,validatingadmissionpolicybinding few", "").await;
    kubectl.ok("delete mutatingwebhookconfiguration h", "").await;
    kubectl.ok(r#"patch validatingwebhookconfiguration h --type=json -p [{"op":"remove","path":"/webhooks"}]"#, "").await;
    kubectl.ok("create configmap a --from-literal=k=v", "").await;
}
