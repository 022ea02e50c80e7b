//! Columns of configuration, quotas, extensions and policies.

use serde_json::Value;

use super::cell::{NONE, condition, int, list, map, or, shown, text, text_or};
use super::column::{Col, Row};

const ADMISSION: &str = "admissionregistration.k8s.io";
const FLOW: &str = "flowcontrol.apiserver.k8s.io";

/// The columns of each kind.
pub(super) const TABLE: &[Row] = &[
    ("", "ConfigMap", CONFIG_MAPS),
    ("", "Secret", SECRETS),
    ("", "ResourceQuota", QUOTAS),
    ("", "LimitRange", CREATED),
    ("apiextensions.k8s.io", "CustomResourceDefinition", CREATED),
    ("apiregistration.k8s.io", "APIService", SERVICES),
    (ADMISSION, "MutatingWebhookConfiguration", WEBHOOKS),
    (ADMISSION, "ValidatingWebhookConfiguration", WEBHOOKS),
    (ADMISSION, "ValidatingAdmissionPolicy", POLICIES),
    (ADMISSION, "MutatingAdmissionPolicy", MUTATING_POLICIES),
    (ADMISSION, "ValidatingAdmissionPolicyBinding", POLICY_BINDINGS),
    (ADMISSION, "MutatingAdmissionPolicyBinding", POLICY_BINDINGS),
    (FLOW, "FlowSchema", FLOWS),
    (FLOW, "PriorityLevelConfiguration", LEVELS),
];

const CREATED: &[Col] = &[Col::NAME, Col::CREATED];

const CONFIG_MAPS: &[Col] =
    &[Col::NAME, Col::text("Data", |object, _| (members(object, "/data") + members(object, "/binaryData")).into()), Col::AGE];

const SECRETS: &[Col] = &[
    Col::NAME,
    Col::text("Type", |object, _| text(object, "/type").into()),
    Col::text("Data", |object, _| members(object, "/data").into()),
    Col::AGE,
];

const QUOTAS: &[Col] = &[
    Col::NAME,
    Col::text("Request", |object, _| quota(object, false)),
    Col::text("Limit", |object, _| quota(object, true)),
    Col::AGE,
];

const SERVICES: &[Col] = &[
    Col::NAME,
    Col::text("Service", |object, _| match text(object, "/spec/service/name") {
        "" => "Local".into(),
        name => format!("{}/{name}", text(object, "/spec/service/namespace")).into(),
    }),
    Col::text("Available", |object, _| available(object)),
    Col::AGE,
];

const WEBHOOKS: &[Col] = &[Col::NAME, Col::int("Webhooks", |object, _| list(object, "/webhooks").len().into()), Col::AGE];

const POLICIES: &[Col] = &[
    Col::NAME,
    Col::int("Validations", |object, _| list(object, "/spec/validations").len().into()),
    Col::text("ParamKind", |object, _| param_kind(object)),
    Col::AGE,
];

const MUTATING_POLICIES: &[Col] = &[
    Col::NAME,
    Col::int("Mutations", |object, _| list(object, "/spec/mutations").len().into()),
    Col::text("ParamKind", |object, _| param_kind(object)),
    Col::AGE,
];

const POLICY_BINDINGS: &[Col] = &[
    Col::NAME,
    Col::text("PolicyName", |object, _| text(object, "/spec/policyName").into()),
    Col::text("ParamRef", |object, _| match (text(object, "/spec/paramRef/name"), text(object, "/spec/paramRef/namespace")) {
        ("", _) => "<unset>".into(),
        (name, "") => name.into(),
        (name, namespace) => format!("{namespace}/{name}").into(),
    }),
    Col::AGE,
];

const FLOWS: &[Col] = &[
    Col::NAME,
    Col::text("PriorityLevel", |object, _| text_or(object, "/spec/priorityLevelConfiguration/name", NONE)),
    Col::text("MatchingPrecedence", |object, _| int(object, "/spec/matchingPrecedence").into()),
    Col::text("DistinguisherMethod", |object, _| text_or(object, "/spec/distinguisherMethod/type", NONE)),
    Col::AGE,
    Col::text("MissingPL", |object, _| or(condition(object, "Dangling"), "?").into()),
];

const LEVELS: &[Col] = &[
    Col::NAME,
    Col::text("Type", |object, _| text(object, "/spec/type").into()),
    Col::text("NominalConcurrencyShares", |object, _| limited(object, "nominalConcurrencyShares")),
    Col::text("Queues", |object, _| limited(object, "limitResponse/queuing/queues")),
    Col::text("HandSize", |object, _| limited(object, "limitResponse/queuing/handSize")),
    Col::text("QueueLengthLimit", |object, _| limited(object, "limitResponse/queuing/queueLengthLimit")),
    Col::AGE,
];

/// Whether a service answers for its group, and why not.
fn available(service: &Value) -> Value {
    let found = list(service, "/status/conditions").iter().find(|condition| text(condition, "/type") == "Available");
    match found.map(|condition| (text(condition, "/status"), text(condition, "/reason"))) {
        None => "Unknown".into(),
        Some(("True", _)) => "True".into(),
        Some((status, reason)) => format!("{status} ({reason})").into(),
    }
}

fn members(object: &Value, pointer: &str) -> usize {
    map(object, pointer).map_or(0, serde_json::Map::len)
}

fn param_kind(policy: &Value) -> Value {
    match text(policy, "/spec/paramKind/kind") {
        "" => "<unset>".into(),
        kind => format!("{}/{kind}", text(policy, "/spec/paramKind/apiVersion")).into(),
    }
}

fn limited(level: &Value, end: &str) -> Value {
    or(&shown(level, &format!("/spec/limited/{end}")), NONE).into()
}

/// Used and hard value of each resource: the limits, or everything else.
fn quota(quota: &Value, limits: bool) -> Value {
    let used = map(quota, "/status/used");
    let mut parts: Vec<String> = map(quota, "/status/hard")
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("limits.") == limits)
        .map(|(name, hard)| {
            let used = used.and_then(|used| used.get(name)).and_then(Value::as_str).unwrap_or("0");
            format!("{name}: {used}/{}", hard.as_str().unwrap_or_default())
        })
        .collect();
    parts.sort();
    parts.join(", ").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_service_that_does_not_answer_says_why() {
        let shown = |status: &str| {
            let condition = json!({"type": "Available", "status": status, "reason": "MissingEndpoints"});
            available(&json!({"status": {"conditions": [condition]}}))
        };
        assert_eq!((shown("True"), shown("False")), (json!("True"), json!("False (MissingEndpoints)")));
        assert_eq!(available(&json!({})), "Unknown");
    }
}
