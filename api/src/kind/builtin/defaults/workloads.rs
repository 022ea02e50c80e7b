//! Defaults of controllers of pods.

use serde_json::{Map, Value, json};

use super::{part, parts, set, text};
use crate::kind::builtin::convert::drop_carried;

/// Labels and selector are those of the template.
pub(super) fn replication_controller(controller: &mut Map<String, Value>) {
    let Some(labels) = template_labels(controller) else { return };
    if let Some(spec) = part(controller, "spec")
        && spec.get("selector").and_then(Value::as_object).is_none_or(Map::is_empty)
    {
        spec.insert("selector".into(), labels.clone());
    }
    own_labels(controller, labels);
}

/// The strategy `RollingUpdate` has its parameters.
pub(super) fn rolling_update(strategy: &mut Map<String, Value>) {
    if text(strategy, "type") == "RollingUpdate" {
        set(strategy, "rollingUpdate", json!({}));
    }
}

/// The claims of a stateful set are claims, and not yet bound.
pub(super) fn claim_templates(spec: &mut Map<String, Value>) {
    for claim in parts(spec, "volumeClaimTemplates") {
        set(claim, "apiVersion", "v1");
        set(claim, "kind", "PersistentVolumeClaim");
    }
}

/// Numbers of a job that follow from one another. A job whose selector is still to be made gets the labels of its template
/// together with it.
pub(super) fn job(job: &mut Map<String, Value>) {
    if job.get("spec").is_some_and(|spec| selects_its_own(spec) || spec["manualSelector"] == true) {
        labels_of_template(job);
    }
    let Some(spec) = part(job, "spec") else { return };
    if !spec.contains_key("completions") && !spec.contains_key("parallelism") {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    let backoff_limit = if spec.contains_key("backoffLimitPerIndex") { i32::MAX } else { 6 };
    set(spec, "backoffLimit", backoff_limit);
    let replacement = if spec.contains_key("podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
    set(spec, "podReplacementPolicy", replacement);
}

/// Whether the selector of a job was made, by a label of this or of older versions.
fn selects_its_own(spec: &Value) -> bool {
    let labels = spec.pointer("/selector/matchLabels").and_then(Value::as_object);
    labels.is_some_and(|labels| {
        ["batch.kubernetes.io/controller-uid", "controller-uid"].iter().any(|key| labels.contains_key(*key))
    })
}

/// Without metrics an autoscaler aims at 80 % of the requested CPU. What version 1 tells in annotations has no place here.
pub(super) fn autoscaler(autoscaler: &mut Map<String, Value>) {
    drop_carried(autoscaler);
    let metric =
        json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}});
    if let Some(spec) = part(autoscaler, "spec") {
        set(spec, "metrics", json!([metric]));
    }
}

/// Upstream writes that there are no current metrics, as it does of nothing else in this status.
pub(super) fn autoscaler_status(status: &mut Map<String, Value>) {
    status.entry("currentMetrics").or_insert(Value::Null);
}

/// An autoscaler that says how it scales in one way scales in the usual way else: up by 100 % or four
/// pods in 15 seconds, down as far as it wants.
pub(super) fn scaling_behavior(behavior: &mut Map<String, Value>) {
    let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
    let pods = json!({"type": "Pods", "value": 4, "periodSeconds": 15});
    for (direction, policies) in [("scaleUp", json!([pods, percent.clone()])), ("scaleDown", json!([percent]))] {
        set(behavior, direction, json!({}));
        let Some(rules) = part(behavior, direction) else { continue };
        if rules.get("selectPolicy").is_none_or(Value::is_null) {
            rules.insert("selectPolicy".into(), "Max".into());
        }
        if rules.get("policies").is_none_or(Value::is_null) {
            set(rules, "policies", policies);
        }
        if direction == "scaleUp" {
            set(rules, "stabilizationWindowSeconds", 0);
        }
    }
}

/// A controller without labels of its own has those of its template.
pub(in crate::kind::builtin) fn labels_of_template(controller: &mut Map<String, Value>) {
    if let Some(labels) = template_labels(controller) {
        own_labels(controller, labels);
    }
}

fn template_labels(controller: &Map<String, Value>) -> Option<Value> {
    let labels = controller.get("spec")?.pointer("/template/metadata/labels")?;
    labels.as_object().is_some_and(|labels| !labels.is_empty()).then(|| labels.clone())
}

fn own_labels(controller: &mut Map<String, Value>, labels: Value) {
    if let Some(metadata) = part(controller, "metadata")
        && metadata.get("labels").and_then(Value::as_object).is_none_or(Map::is_empty)
    {
        metadata.insert("labels".into(), labels);
    }
}
