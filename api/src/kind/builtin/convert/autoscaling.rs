//! `autoscaling/v1 HorizontalPodAutoscaler` over the stored `autoscaling/v2`.
//!
//! Version 1 has one field for the CPU target; what else version 2 says travels in annotations, under upstream's names
//! and in upstream's shapes. An annotation that says nothing of use is left out: it never reaches what is stored.

use serde_json::{Map, Value, json};

use super::metrics::{Side, to_first, to_second};
use super::{behavior, child};
use crate::decode::{Body, FieldValidation, Nesting, decode_value};
use crate::kind::Conversion;
use crate::schema::{Schema, definition, full_name};

pub(in crate::kind::builtin) const AUTOSCALING_V1: Conversion = Conversion { to_stored, from_stored };

const KIND: &str = "HorizontalPodAutoscaler";
const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const CARRIED: [&str; 4] = [METRICS, BEHAVIOR, CURRENT_METRICS, CONDITIONS];
/// Most bytes of an annotation that is read: what all annotations of an object may have together.
const MOST_BYTES: usize = 256 << 10;
/// Most values in it, and how deep they may lie.
const MOST_VALUES: usize = 5_000;
const MOST_LEVELS: usize = 32;

fn to_stored(object: &mut Value) {
    object["apiVersion"] = "autoscaling/v2".into();
    let Some(object) = object.as_object_mut() else { return };
    // Of no pods version 2 says nothing.
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut)
        && status.get("currentReplicas").is_some_and(|count| *count == 0)
    {
        status.shift_remove("currentReplicas");
    }
    let mut carried = drop_carried(object);
    let mut found = |name: &str| carried.iter().position(|(own, _)| *own == name).map(|at| carried.swap_remove(at).1);

    let percent = take(object, "spec", "targetCPUUtilizationPercentage").map(|percent| cpu(percent, Side::Target));
    let others =
        found(METRICS).and_then(|all| second_metrics(&all, Side::Target)).and_then(|others| checked("spec", "metrics", others));
    if let Some(Value::Array(mut all)) = others.or_else(|| percent.is_some().then(|| json!([]))) {
        all.extend(percent);
        put(object, "spec", "metrics", all.into());
    }
    let shape = definition(&full_name("autoscaling.v2.HorizontalPodAutoscalerBehavior"));
    let said = found(BEHAVIOR).zip(shape).map(|(said, shape)| behavior::from_go(said, shape));
    if let Some(said) = said.and_then(|said| checked("spec", "behavior", said)).filter(|said| *said != json!({})) {
        put(object, "spec", "behavior", said);
    }
    let percent = take(object, "status", "currentCPUUtilizationPercentage").map(|percent| json!([cpu(percent, Side::Current)]));
    let all = found(CURRENT_METRICS)
        .and_then(|all| second_metrics(&all, Side::Current))
        .and_then(|all| checked("status", "currentMetrics", all));
    if let Some(all) = all.or(percent) {
        put(object, "status", "currentMetrics", all);
    }
    if let Some(all) = found(CONDITIONS).and_then(|all| checked("status", "conditions", all)) {
        put(object, "status", "conditions", all);
    }
}

fn from_stored(object: &mut Value) {
    object["apiVersion"] = "autoscaling/v1".into();
    let Some(object) = object.as_object_mut() else { return };
    drop_carried(object);
    if let Some(Value::Array(all)) = take(object, "spec", "metrics") {
        if let Some(percent) = all.iter().find_map(|metric| percent_of(metric, Side::Target)) {
            put(object, "spec", "targetCPUUtilizationPercentage", percent.clone());
        }
        let others = all.iter().filter(|metric| percent_of(metric, Side::Target).is_none());
        carry(object, METRICS, others.map(|metric| to_first(metric, Side::Target)).collect());
    }
    if let Some(said) = take(object, "spec", "behavior").filter(Value::is_object) {
        carry(object, BEHAVIOR, behavior::to_go(&said));
    }
    if let Some(Value::Array(all)) = take(object, "status", "currentMetrics") {
        if let Some(percent) = all.iter().rev().find_map(|metric| percent_of(metric, Side::Current)) {
            put(object, "status", "currentCPUUtilizationPercentage", percent.clone());
        }
        carry(object, CURRENT_METRICS, all.iter().map(|metric| to_first(metric, Side::Current)).collect());
    }
    if let Some(all) = take(object, "status", "conditions") {
        carry(object, CONDITIONS, all);
    }
    // Version 1 always says how many there are: its clients fail without.
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.entry("currentReplicas").or_insert_with(|| 0.into());
    }
}

/// Removes the annotations that carry what version 1 cannot say, and answers those that are JSON of a reasonable size.
pub(in crate::kind::builtin) fn drop_carried(object: &mut Map<String, Value>) -> Vec<(&'static str, Value)> {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return Vec::new() };
    let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) else { return Vec::new() };
    let gone: Vec<(&'static str, Value)> =
        CARRIED.into_iter().filter_map(|name| Some((name, annotations.shift_remove(name)?))).collect();
    if annotations.is_empty() && !gone.is_empty() {
        metadata.shift_remove("annotations");
    }
    gone.into_iter().filter_map(|(name, text)| Some((name, read(text.as_str()?)?))).collect()
}

/// The JSON `text`; `None` where it is none, or too much.
fn read(text: &str) -> Option<Value> {
    let is_small = text.len() <= MOST_BYTES && Nesting::new(MOST_LEVELS, MOST_VALUES).excess(text.as_bytes()).is_none();
    is_small.then(|| serde_json::from_str(text).ok()).flatten()
}

fn second_metrics(all: &Value, side: Side) -> Option<Value> {
    Some(all.as_array()?.iter().map(|one| to_second(one, side)).collect())
}

/// Writes the annotation `name`, where `value` says anything.
fn carry(object: &mut Map<String, Value>, name: &str, value: Value) {
    if value.as_array().is_some_and(Vec::is_empty) {
        return;
    }
    if let Some(annotations) = child(object, "metadata").and_then(|metadata| child(metadata, "annotations")) {
        annotations.insert(name.into(), value.to_string().into());
    }
}

fn take(object: &mut Map<String, Value>, part: &str, field: &str) -> Option<Value> {
    let value = object.get_mut(part)?.as_object_mut()?.shift_remove(field)?;
    Some(value).filter(|value| !value.is_null())
}

fn put(object: &mut Map<String, Value>, part: &str, field: &str, value: Value) {
    if let Some(part) = child(object, part) {
        part.insert(field.into(), value);
    }
}

/// `value` as the stored version has it at `field` of `part`; `None` where it is of another type.
fn checked(part: &str, field: &str, value: Value) -> Option<Value> {
    let schema: &Schema = definition(&full_name("autoscaling.v2.HorizontalPodAutoscaler"))?;
    let body = Body { group: "autoscaling", version: "v2", kind: KIND, schema, any_version: false, custom: None };
    let decoded = decode_value(json!({part: {field: value}}), body, FieldValidation::Ignore).ok()?;
    decoded.object.get(part)?.get(field).cloned()
}

/// The utilization that a metric of the CPU aims at, or is at.
fn percent_of(metric: &Value, side: Side) -> Option<&Value> {
    let resource = metric.get("resource").filter(|resource| metric["type"] == "Resource" && resource["name"] == "cpu")?;
    resource.get(side.name())?.get("averageUtilization")
}

fn cpu(percent: Value, side: Side) -> Value {
    let figure = match side {
        Side::Target => json!({"type": "Utilization", "averageUtilization": percent}),
        Side::Current => json!({"averageUtilization": percent}),
    };
    json!({"type": "Resource", "resource": {"name": "cpu", side.name(): figure}})
}

#[cfg(test)]
mod tests;
