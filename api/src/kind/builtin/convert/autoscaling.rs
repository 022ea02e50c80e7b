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

/// Part of the object, number of version 1, list of version 2 and the side of its metrics.
const NUMBERS: [(&str, &str, &str, &str); 2] = [
    ("spec", "targetCPUUtilizationPercentage", "metrics", "target"),
    ("status", "currentCPUUtilizationPercentage", "currentMetrics", "current"),
];

fn to_stored(object: &mut Value) {
    object["apiVersion"] = "autoscaling/v2".into();
    for (part, field, annotation) in CARRIED {
        let Some(value) = take_annotation(object, annotation) else { continue };
        if let Some(part) = object.as_object_mut().and_then(|map| child(map, part)) {
            part.insert(field.into(), value);
        }
    }
    for (part, number, list, direction) in NUMBERS {
        if let Some(part) = object.get_mut(part).and_then(Value::as_object_mut) {
            number_to_metric(part, number, list, direction);
        }
    }
}

fn from_stored(object: &mut Value) {
    object["apiVersion"] = "autoscaling/v1".into();
    for (part, number, list, direction) in NUMBERS {
        if let Some(part) = object.get_mut(part).and_then(Value::as_object_mut) {
            metric_to_number(part, number, list, direction);
        }
    }
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
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.get_mut("annotations")?.as_object_mut()?;
    let value = serde_json::from_str(annotations.get(name)?.as_str()?).ok()?;
    annotations.shift_remove(name);
    if annotations.is_empty() {
        metadata.shift_remove("annotations");
    }
    Some(value)
}

/// The number becomes that of the list's CPU metric, or a metric of its own in front; without it the
/// list has none.
fn number_to_metric(part: &mut Map<String, Value>, number: &str, list: &str, direction: &str) {
    let percent = part.shift_remove(number);
    let carried = part.get_mut(list).and_then(Value::as_array_mut);
    let at = carried.as_ref().and_then(|metrics| metrics.iter().position(|metric| percent_of(metric, direction).is_some()));
    match (carried, at, percent) {
        (Some(metrics), Some(at), Some(percent)) => metrics[at]["resource"][direction]["averageUtilization"] = percent,
        (Some(metrics), Some(at), None) => drop(metrics.remove(at)),
        (Some(metrics), None, Some(percent)) => metrics.insert(0, metric(percent, direction)),
        (None, _, Some(percent)) => drop(part.insert(list.into(), json!([metric(percent, direction)]))),
        (_, _, None) => {}
    }
}

/// The CPU metric becomes the number; a list that says no more goes, any other is carried whole, so that
/// it comes back as it was.
fn metric_to_number(part: &mut Map<String, Value>, number: &str, list: &str, direction: &str) {
    let Some(metrics) = part.get(list).and_then(Value::as_array) else { return };
    let Some(percent) = metrics.iter().find_map(|metric| percent_of(metric, direction)) else { return };
    if *metrics == [metric(percent.clone(), direction)] {
        part.shift_remove(list);
    }
    part.insert(number.into(), percent);
}

/// The utilization that a metric of the CPU aims at, or is at.
fn percent_of(metric: &Value, direction: &str) -> Option<Value> {
    let resource = metric.get("resource").filter(|resource| resource["name"] == "cpu")?;
    resource.get(direction)?.get("averageUtilization").cloned()
}

fn metric(percent: Value, direction: &str) -> Value {
    let mut figure = Map::new();
    if direction == "target" {
        figure.insert("type".into(), "Utilization".into());
    }
    figure.insert("averageUtilization".into(), percent);
    json!({"type": "Resource", "resource": {"name": "cpu", direction: figure}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        let second = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
            "spec": {"maxReplicas": 3, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}}}});
        let mut object = second.clone();
        from_stored(&mut object);
        assert!(object["spec"].get("behavior").is_none());
        to_stored(&mut object);
        assert_eq!(object, second);
    }

    #[test]
    fn a_number_written_in_version_1_reaches_the_carried_metric() {
        let memory = json!({"type": "Resource", "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 50}}});
        let mut object = json!({"spec": {"metrics": [memory, metric(80.into(), "target")]}});
        from_stored(&mut object);
        assert_eq!(object["spec"]["targetCPUUtilizationPercentage"], 80);
        object["spec"]["targetCPUUtilizationPercentage"] = 90.into();
        to_stored(&mut object);
        assert_eq!(object["spec"]["metrics"], json!([memory, metric(90.into(), "target")]));
    }

    fn metrics(direction: &'static str) -> impl Strategy<Value = Vec<Value>> {
        let one =
            (prop::sample::select(vec!["cpu", "memory"]), 1..200, any::<bool>()).prop_map(move |(name, percent, utilization)| {
                let figure = if utilization {
                    json!({"type": "Utilization", "averageUtilization": percent})
                } else {
                    json!({"type": "AverageValue", "averageValue": "1"})
                };
                json!({"type": "Resource", "resource": {"name": name, direction: figure}})
            });
        prop::collection::vec(one, 1..4)
    }

    proptest! {
        #[test]
        fn version_2_comes_back_as_it_was(
            metrics in prop::option::of(metrics("target")),
            current in prop::option::of(metrics("current")),
            behavior in any::<bool>(),
            note in any::<bool>(),
        ) {
            let mut object = json!({"apiVersion": "autoscaling/v2", "metadata": {"name": "h"}, "spec": {"maxReplicas": 3}});
            if let Some(metrics) = metrics {
                object["spec"]["metrics"] = metrics.into();
            }
            if let Some(current) = current {
                object["status"] = json!({"currentMetrics": current});
            }
            if behavior {
                object["spec"]["behavior"] = json!({"scaleUp": {}});
            }
            if note {
                object["metadata"]["annotations"] = json!({"note": "x"});
            }
            let mut there = object.clone();
            from_stored(&mut there);
            to_stored(&mut there);
            prop_assert_eq!(there, object);
        }

        #[test]
        fn version_1_comes_back_as_it_was(target in prop::option::of(1_i64..200), current in prop::option::of(1_i64..200)) {
            let mut object = json!({"apiVersion": "autoscaling/v1", "metadata": {"name": "h"}, "spec": {"maxReplicas": 3}});
            if let Some(target) = target {
                object["spec"]["targetCPUUtilizationPercentage"] = target.into();
            }
            if let Some(current) = current {
                object["status"] = json!({"currentCPUUtilizationPercentage": current});
            }
            let mut there = object.clone();
            to_stored(&mut there);
            from_stored(&mut there);
            prop_assert_eq!(there, object);
        }
    }
}
