//! Both versions of autoscalers, there and back.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{BEHAVIOR, CONDITIONS, CURRENT_METRICS, METRICS, Side, cpu, from_stored, to_stored};

fn second(spec: Value) -> Value {
    json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}, "spec": spec})
}

fn carried(object: &Value, name: &str) -> Value {
    object["metadata"]["annotations"][name].as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

fn stored(annotations: Value, spec: Value) -> Value {
    let mut object = json!({"apiVersion": "autoscaling/v1", "metadata": {"name": "h", "annotations": annotations}, "spec": spec});
    to_stored(&mut object);
    object
}

#[test]
fn the_cpu_target_becomes_a_metric_and_comes_back() {
    let first = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
        "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80}});
    let mut object = first.clone();
    to_stored(&mut object);
    assert_eq!(object["spec"]["metrics"], json!([cpu(80.into(), Side::Target)]));
    from_stored(&mut object);
    assert_eq!(object, first);
}

#[test]
fn metrics_travel_in_the_shapes_of_version_1() {
    let reference = json!({"kind": "Ingress", "name": "i"});
    let selector = json!({"matchLabels": {"a": "b"}});
    let metric = |name: &str| json!({"name": name, "selector": selector});
    let object = |target: Value| json!({"type": "Object", "object": {"describedObject": reference, "metric": metric("rps"), "target": target}});
    let metrics = json!([
        {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
        {"type": "ContainerResource", "containerResource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}, "container": "c"}},
        {"type": "Pods", "pods": {"metric": metric("p"), "target": {"type": "AverageValue", "averageValue": "5"}}},
        object(json!({"type": "Value", "value": "7"})),
        object(json!({"type": "AverageValue", "averageValue": "8"})),
        {"type": "External", "external": {"metric": metric("q"), "target": {"type": "AverageValue", "averageValue": "30"}}},
        {"type": "External", "external": {"metric": metric("q"), "target": {"type": "Value", "value": "9"}}},
        cpu(70.into(), Side::Target),
    ]);
    let before = second(json!({"maxReplicas": 3, "metrics": metrics}));
    let mut object = before.clone();
    from_stored(&mut object);
    assert_eq!(object["spec"], json!({"maxReplicas": 3, "targetCPUUtilizationPercentage": 70}));
    let first = json!([
        {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "1Gi"}},
        {"type": "ContainerResource", "containerResource": {"name": "cpu", "targetAverageUtilization": 60, "container": "c"}},
        {"type": "Pods", "pods": {"metricName": "p", "selector": selector, "targetAverageValue": "5"}},
        {"type": "Object", "object": {"target": reference, "metricName": "rps", "selector": selector, "targetValue": "7"}},
        {"type": "Object", "object": {"target": reference, "metricName": "rps", "selector": selector, "targetValue": "0", "averageValue": "8"}},
        {"type": "External", "external": {"metricName": "q", "metricSelector": selector, "targetAverageValue": "30"}},
        {"type": "External", "external": {"metricName": "q", "metricSelector": selector, "targetValue": "9"}},
    ]);
    assert_eq!(carried(&object, METRICS), first);
    to_stored(&mut object);
    assert_eq!(object, before);
}

#[test]
fn what_is_told_travels_in_annotations() {
    let condition = json!({"type": "AbleToScale", "status": "True", "reason": "r", "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let current = json!({"name": "cpu", "current": {"averageUtilization": 55, "averageValue": "100m"}});
    let mut object = second(json!({"maxReplicas": 3, "metrics": [cpu(80.into(), Side::Target)]}));
    object["status"] = json!({"currentMetrics": [{"type": "Resource", "resource": current}], "conditions": [condition]});
    let before = object.clone();
    from_stored(&mut object);
    assert_eq!(object["status"], json!({"currentCPUUtilizationPercentage": 55, "currentReplicas": 0}));
    let first = json!([{"type": "Resource", "resource": {"name": "cpu", "currentAverageUtilization": 55, "currentAverageValue": "100m"}}]);
    assert_eq!((carried(&object, CURRENT_METRICS), carried(&object, CONDITIONS)), (first, json!([condition])));
    to_stored(&mut object);
    assert_eq!(object, before);
}

#[test]
fn behavior_is_written_with_go_names_and_read_with_any() {
    let behavior =
        json!({"scaleDown": {"stabilizationWindowSeconds": 60, "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}]}});
    let mut object = second(json!({"maxReplicas": 3, "behavior": behavior}));
    from_stored(&mut object);
    let go = json!({"ScaleUp": null, "ScaleDown": {"StabilizationWindowSeconds": 60, "SelectPolicy": null,
        "Policies": [{"Type": "Pods", "Value": 4, "PeriodSeconds": 15}], "Tolerance": null}});
    assert_eq!(carried(&object, BEHAVIOR), go);
    for said in [&go, &behavior] {
        let object = stored(json!({BEHAVIOR: said.to_string()}), json!({"maxReplicas": 3}));
        assert_eq!(object["spec"], json!({"maxReplicas": 3, "behavior": behavior}), "{said}");
    }
}

#[test]
fn garbage_is_left_out_and_the_annotation_with_it() {
    for text in ["", "{", "7", "[7]", "{}", r#"[{"type": 1}]"#] {
        let all = json!({METRICS: text, BEHAVIOR: text, CURRENT_METRICS: text, CONDITIONS: text, "note": "x"});
        let object = stored(all, json!({"maxReplicas": 3, "targetCPUUtilizationPercentage": 70}));
        assert_eq!(object["metadata"]["annotations"], json!({"note": "x"}), "{text}");
        assert_eq!(object["spec"], json!({"maxReplicas": 3, "metrics": [cpu(70.into(), Side::Target)]}), "{text}");
        assert!(object.get("status").is_none(), "{text}");
    }
    for text in [r#"[{"type":"Resource","resource":{"targetAverageUtilization":"x"}}]"#, r#"[{"type":"Pods","pods":1}]"#] {
        let object = stored(json!({METRICS: text}), json!({"maxReplicas": 3}));
        assert_eq!(object["spec"], json!({"maxReplicas": 3}), "{text}");
    }
    let extra = r#"[{"type":"Pods","pods":{"metricName":"p","targetAverageValue":5,"more":1},"most":2}]"#;
    let object = stored(json!({METRICS: extra}), json!({"maxReplicas": 3}));
    let metric =
        json!({"type": "Pods", "pods": {"metric": {"name": "p"}, "target": {"type": "AverageValue", "averageValue": "5"}}});
    assert_eq!(object["spec"]["metrics"], json!([metric]));
}

#[test]
fn version_2_has_none_of_the_annotations() {
    let row = crate::kind::Kinds::builtin().by_kind("autoscaling/v2", "HorizontalPodAutoscaler").cloned().unwrap();
    let mut object = second(json!({"maxReplicas": 3}));
    object["metadata"]["annotations"] = json!({METRICS: "[]", BEHAVIOR: "{}", "note": "x"});
    row.default(&mut object);
    assert_eq!(object["metadata"]["annotations"], json!({"note": "x"}));
}

fn metrics() -> impl Strategy<Value = Vec<Value>> {
    let one =
        (prop::sample::select(vec!["memory", "disk"]), 1..200, any::<bool>()).prop_map(move |(name, percent, utilization)| {
            let figure = if utilization {
                json!({"type": "Utilization", "averageUtilization": percent})
            } else {
                json!({"type": "AverageValue", "averageValue": "1"})
            };
            json!({"type": "Resource", "resource": {"name": name, "target": figure}})
        });
    prop::collection::vec(one, 1..4)
}

proptest! {
    #[test]
    fn version_2_comes_back_as_it_was(
        metrics in prop::option::of(metrics()),
        percent in prop::option::of(1_i64..200),
        behavior in any::<bool>(),
        note in any::<bool>(),
    ) {
        let mut object = second(json!({"maxReplicas": 3}));
        let all: Vec<Value> = metrics.into_iter().flatten().chain(percent.map(|percent| cpu(percent.into(), Side::Target))).collect();
        if !all.is_empty() {
            object["spec"]["metrics"] = all.into();
        }
        if behavior {
            object["spec"]["behavior"] = json!({"scaleUp": {"stabilizationWindowSeconds": 1}});
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
    fn version_1_comes_back_as_it_was(target in prop::option::of(1_i64..200)) {
        let mut object = json!({"apiVersion": "autoscaling/v1", "metadata": {"name": "h"}, "spec": {"maxReplicas": 3}});
        if let Some(target) = target {
            object["spec"]["targetCPUUtilizationPercentage"] = target.into();
        }
        let mut there = object.clone();
        to_stored(&mut there);
        from_stored(&mut there);
        prop_assert_eq!(there, object);
    }
}

#[test]
fn an_annotation_that_holds_much_says_nothing() {
    let metric = r#"{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}"#;
    let metrics = |count: usize| format!("[{}]", vec![metric; count].join(","));
    let read =
        |text: String| stored(json!({METRICS: text}), json!({"maxReplicas": 3}))["spec"]["metrics"].as_array().map(Vec::len);
    assert_eq!(read(metrics(100)), Some(100));
    assert_eq!(read(metrics(3_000)), None, "too many values");
    assert_eq!(read(format!("{}{}", metrics(1), " ".repeat(300_000))), None, "too long");
    assert_eq!(read(format!("[{}0]", "0,".repeat(1_000_000))), None);
}
