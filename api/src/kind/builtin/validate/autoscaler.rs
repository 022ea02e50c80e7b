//! Autoscalers.

use serde_json::Value;

use super::{SPEC, list, number, text};
use crate::kind::validate::{Faults, Path};
use crate::quantity::Quantity;

/// Upstream's longest window and period, in seconds.
const MAX_WINDOW: i64 = 3600;
const MAX_PERIOD: i64 = 1800;
const KINDS: [&str; 5] = ["ContainerResource", "External", "Object", "Pods", "Resource"];
/// The field that goes with each type, in the order in which upstream looks for them.
const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

pub(super) fn autoscaler(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let (least, most) = (spec.get("minReplicas").and_then(Value::as_i64), number(spec, "maxReplicas"));
    let path: Path<'_> = SPEC;
    if least.is_some_and(|least| least < 1) {
        faults.invalid(&path.child("minReplicas"), &spec["minReplicas"], "must be greater than or equal to 1");
    }
    if most < 1 {
        faults.invalid(&path.child("maxReplicas"), &most.into(), "must be greater than 0");
    }
    if least.is_some_and(|least| most < least) {
        faults.invalid(&path.child("maxReplicas"), &most.into(), "must be greater than or equal to `minReplicas`");
    }
}

/// `autoscaling.v2.MetricSpec`: the one source that goes with its type.
pub(super) fn metric(metric: &Value, path: &Path<'_>, faults: &mut Faults) {
    let kind = text(metric, "type");
    if kind.is_empty() {
        faults.required(&path.child("type"), "must specify a metric source type");
    }
    if !KINDS.contains(&kind) {
        faults.unsupported(&path.child("type"), kind, &KINDS);
    }
    let own = SOURCES.iter().find(|(known, _)| *known == kind).map(|(_, field)| *field);
    for (_, field) in SOURCES {
        match metric.get(field) {
            Some(source) if Some(field) == own => self::source(kind, source, &path.child(field), faults),
            None if Some(field) == own => {
                faults.required(&path.child(field), "must populate information for the given metric source");
            }
            Some(_) if own.is_some() => faults.forbidden(&path.child(field), "must populate the given metric source only"),
            _ => {}
        }
    }
}

fn source(kind: &str, source: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (target, field) = (&source["target"], path.child("target"));
    let has = |name: &str| target.get(name).is_some();
    match kind {
        "Object" if !has("value") && !has("averageValue") => {
            faults.required(&field.child("averageValue"), "must set either a target value or averageValue");
        }
        "External" if !has("value") && !has("averageValue") => {
            faults.required(&field.child("averageValue"), "must set either a target value for metric or a per-pod target");
        }
        "External" if has("value") && has("averageValue") => {
            faults.forbidden(&field.child("value"), "may not set both a target value for metric and a per-pod target");
        }
        "Pods" if !has("averageValue") => {
            faults.required(&field.child("averageValue"), "must specify a positive target averageValue");
        }
        "Resource" | "ContainerResource" if !has("averageUtilization") && !has("averageValue") => {
            faults.required(&field.child("averageUtilization"), "must set either a target raw value or a target utilization");
        }
        "Resource" | "ContainerResource" if has("averageUtilization") && has("averageValue") => {
            faults.forbidden(&field.child("averageValue"), "may not set both a target raw value and a target utilization");
        }
        _ => {}
    }
}

/// `autoscaling.v2.MetricTarget`: amounts above nothing.
pub(super) fn target(target: &Value, path: &Path<'_>, faults: &mut Faults) {
    match text(target, "type") {
        "" => {
            faults.required(&path.child("type"), "must specify a metric target type");
            faults.invalid_text(&path.child("type"), "", "must be either Utilization, Value, or AverageValue");
        }
        "Utilization" | "Value" | "AverageValue" => {}
        other => faults.invalid_text(&path.child("type"), other, "must be either Utilization, Value, or AverageValue"),
    }
    for field in ["value", "averageValue"] {
        let amount = target.get(field).and_then(|amount| Quantity::from_value(amount).ok());
        if let Some(amount) = amount.filter(|amount| amount.is_zero() || amount.is_negative()) {
            faults.invalid_text(&path.child(field), &amount.to_string(), "must be positive");
        }
    }
    if target.get("averageUtilization").is_some_and(|share| share.as_i64().is_some_and(|share| share < 1)) {
        faults.invalid(&path.child("averageUtilization"), &target["averageUtilization"], "must be greater than 0");
    }
}

/// `autoscaling.v2.HPAScalingRules`.
pub(super) fn scaling_rules(rules: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("stabilizationWindowSeconds");
    match number(rules, "stabilizationWindowSeconds") {
        seconds if seconds < 0 => faults.invalid(&field, &seconds.into(), "must be greater than or equal to zero"),
        seconds if seconds > MAX_WINDOW => {
            faults.invalid(&field, &seconds.into(), format!("must be less than or equal to {MAX_WINDOW}"));
        }
        _ => {}
    }
    if list(rules, "policies").is_empty() {
        faults.required(&path.child("policies"), "must specify at least one Policy");
    }
    let tolerance = rules.get("tolerance").and_then(|amount| Quantity::from_value(amount).ok());
    if let Some(tolerance) = tolerance.filter(|tolerance| tolerance.is_negative()) {
        faults.invalid_text(&path.child("tolerance"), &tolerance.to_string(), "must be greater or equal to zero");
    }
}

/// `autoscaling.v2.HPAScalingPolicy`.
pub(super) fn scaling_policy(policy: &Value, path: &Path<'_>, faults: &mut Faults) {
    let kind = text(policy, "type");
    if !matches!(kind, "Pods" | "Percent") {
        faults.unsupported(&path.child("type"), kind, &["Percent", "Pods"]);
    }
    for field in ["value", "periodSeconds"] {
        if number(policy, field) <= 0 {
            faults.invalid(&path.child(field), &number(policy, field).into(), "must be greater than zero");
        }
    }
    if number(policy, "periodSeconds") > MAX_PERIOD {
        let why = format!("must be less than or equal to {MAX_PERIOD}");
        faults.invalid(&path.child("periodSeconds"), &policy["periodSeconds"], why);
    }
}
