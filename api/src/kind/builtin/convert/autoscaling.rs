//! `autoscaling/v1 HorizontalPodAutoscaler` over the stored `autoscaling/v2`.
//!
//! Version 1 has one field for the CPU target; what else version 2 says travels in annotations,
//! under upstream's names.

use serde_json::{Map, Value, json};

use super::child;
use crate::kind::Conversion;

pub(in crate::kind::builtin) const AUTOSCALING_V1: Conversion = Conversion { to_stored, from_stored };

/// Part of the object, field of it, annotation that carries the field in version 1.
const CARRIED: [(&str, &str, &str); 4] = [
    ("spec", "metrics", "autoscaling.alpha.kubernetes.io/metrics"),
    ("spec", "behavior", "autoscaling.alpha.kubernetes.io/behavior"),
    ("status", "currentMetrics", "autoscaling.alpha.kubernetes.io/current-metrics"),
    ("status", "conditions", "autoscaling.alpha.kubernetes.io/conditions"),
];

fn to_stored(object: &mut Value) {
    object["apiVersion"] = "autoscaling/v2".into();
    for (part, field, annotation) in CARRIED {
        let Some(value) = take_annotation(object, annotation) else { continue };
        if let Some(part) = object.as_object_mut().and_then(|map| child(map, part)) {
            part.insert(field.into(), value);
        }
    }
    number_to_metric(&mut object["spec"], "targetCPUUtilizationPercentage", "metrics", "target");
    number_to_metric(&mut object["status"], "currentCPUUtilizationPercentage", "currentMetrics", "current");
    drop_null(object, "status");
}

fn from_stored(object: &mut Value) {
    object["apiVersion"] = "autoscaling/v1".into();
    metric_to_number(&mut object["spec"], "metrics", "target", "targetCPUUtilizationPercentage");
    metric_to_number(&mut object["status"], "currentMetrics", "current", "currentCPUUtilizationPercentage");
    drop_null(object, "status");
    for (part, field, annotation) in CARRIED {
        let Some(value) = object.get_mut(part).and_then(Value::as_object_mut).and_then(|part| part.shift_remove(field)) else {
            continue;
        };
        let metadata = object.as_object_mut().and_then(|map| child(map, "metadata"));
        if let Some(annotations) = metadata.and_then(|metadata| child(metadata, "annotations")) {
            annotations.insert(annotation.into(), value.to_string().into());
        }
    }
}

/// Removes an annotation and parses its JSON; `None` where it is absent or no JSON.
fn take_annotation(object: &mut Value, name: &str) -> Option<Value> {
    let annotations = object.pointer_mut("/metadata/annotations")?.as_object_mut()?;
    let value = serde_json::from_str(annotations.get(name)?.as_str()?).ok()?;
    annotations.shift_remove(name);
    Some(value)
}

fn number_to_metric(part: &mut Value, number: &str, list: &str, direction: &str) {
    let Some(map) = part.as_object_mut() else { return };
    let Some(percent) = map.shift_remove(number) else { return };
    let mut figure = Map::new();
    if direction == "target" {
        figure.insert("type".into(), "Utilization".into());
    }
    figure.insert("averageUtilization".into(), percent);
    let metric = json!({"type": "Resource", "resource": {"name": "cpu", direction: figure}});
    if let Some(metrics) = map.entry(list).or_insert_with(|| json!([])).as_array_mut() {
        metrics.insert(0, metric);
    }
}

fn metric_to_number(part: &mut Value, list: &str, direction: &str, number: &str) {
    let Some(map) = part.as_object_mut() else { return };
    let Some(metrics) = map.get_mut(list).and_then(Value::as_array_mut) else { return };
    let percent = |metric: &Value| metric["resource"][direction].get("averageUtilization").cloned();
    let Some(at) = metrics.iter().position(|metric| metric["resource"]["name"] == "cpu" && percent(metric).is_some()) else {
        return;
    };
    let percent = percent(&metrics.remove(at));
    if metrics.is_empty() {
        map.shift_remove(list);
    }
    map.insert(number.into(), percent.unwrap_or_default());
}

/// Indexing a missing field for writing leaves a null behind.
fn drop_null(object: &mut Value, field: &str) {
    if let Some(map) = object.as_object_mut()
        && map.get(field).is_some_and(Value::is_null)
    {
        map.shift_remove(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_target_becomes_a_metric_and_comes_back() {
        let first = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
            "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80}});
        let mut object = first.clone();
        to_stored(&mut object);
        assert_eq!(object["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 80);
        from_stored(&mut object);
        assert_eq!(object, first);
    }

    #[test]
    fn what_version_1_cannot_say_travels_in_annotations() {
        let second = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h", "annotations": {}},
            "spec": {"maxReplicas": 3, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}}}});
        let mut object = second.clone();
        from_stored(&mut object);
        assert!(object["spec"].get("behavior").is_none());
        to_stored(&mut object);
        assert_eq!(object, second);
    }
}
