//! Objects as a table.

use serde_json::{Value, json};

use crate::jsonpath::shown;
use crate::kind::{Cell, Column};
use crate::time::Time;

/// What Go takes for no time.
const ZERO: i64 = -62_135_596_800_000_000;

/// What each row carries beside its cells: the `includeObject` parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// The metadata, as `PartialObjectMetadata`.
    #[default]
    Metadata,
    /// The whole object.
    Object,
}

impl Include {
    /// Reads the parameter's text; absent is the default.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "Metadata" => Some(Self::Metadata),
            "None" => Some(Self::None),
            "Object" => Some(Self::Object),
            _ => None,
        }
    }
}

/// A Table of `api_version` (`meta.k8s.io/v1`) with a row per object. Its `metadata` is empty: a list's
/// `resourceVersion`, `continue` and `remainingItemCount` are the caller's to add.
pub fn render<'a>(
    columns: &[Column],
    objects: impl IntoIterator<Item = &'a Value>,
    now: Time,
    include: Include,
    api_version: &str,
) -> Value {
    let definitions: Vec<Value> = columns.iter().map(definition).collect();
    let row = |object| json!({"cells": cells(columns, object, now), "object": beside(object, include, api_version)});
    let rows: Vec<Value> = objects.into_iter().map(row).collect();
    json!({"kind": "Table", "apiVersion": api_version, "metadata": {}, "columnDefinitions": definitions, "rows": rows})
}

fn definition(column: &Column) -> Value {
    json!({
        "name": &*column.name, "type": &*column.r#type, "format": &*column.format,
        "description": &*column.description, "priority": column.priority,
    })
}

/// The cells of the row of `object`.
pub fn cells(columns: &[Column], object: &Value, now: Time) -> Vec<Value> {
    columns.iter().map(|column| cell(column, object, now)).collect()
}

/// What a row carries beside its cells.
fn beside(object: &Value, include: Include, api_version: &str) -> Value {
    match include {
        Include::None => Value::Null,
        Include::Object => object.clone(),
        Include::Metadata => json!({
            "kind": "PartialObjectMetadata", "apiVersion": api_version,
            "metadata": object.get("metadata").cloned().unwrap_or_default(),
        }),
    }
}

fn cell(column: &Column, object: &Value, now: Time) -> Value {
    match &column.cell {
        Cell::Function(compute) => compute(object, now),
        Cell::Path(path) => path.find(object).first().map_or(Value::Null, |found| typed(found, &column.r#type, now)),
    }
}

/// A value that a path found, as the type of its column shows it; nothing where it is of another type.
fn typed(found: &Value, r#type: &str, now: Time) -> Value {
    match (r#type, found) {
        ("string", Value::Null) => "<no value>".into(),
        ("string", found) => shown(found).into(),
        ("integer", Value::Number(number)) => number.as_i64().or_else(|| number.as_f64().map(|n| n as i64)).into(),
        ("number", Value::Number(number)) => number.as_i64().map_or_else(|| number.as_f64().into(), Value::from),
        ("boolean", Value::Bool(_)) => found.clone(),
        ("date", Value::String(text)) => age(text, now),
        _ => Value::Null,
    }
}

fn age(text: &str, now: Time) -> Value {
    if matches!(text, "" | "null") {
        return "<unknown>".into();
    }
    match Time::parse(text) {
        Some(then) if then.as_micros() == ZERO => "<unknown>".into(),
        Some(then) => crate::duration::human((now.as_micros() - then.as_micros()).div_euclid(1_000_000)).into(),
        None => "<invalid>".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kinds;

    /// The cells of the one row of `object`, as `kubectl get -o wide` prints them.
    fn cells(object: Value) -> String {
        let kinds = Kinds::builtin();
        let text = |name: &str| object[name].as_str().unwrap().to_owned();
        let kind = kinds.by_kind(&text("apiVersion"), &text("kind")).unwrap();
        let now = Time::parse("2026-01-01T00:10:00Z").unwrap();
        let table = render(&kind.columns, [&object], now, Include::None, "meta.k8s.io/v1");
        assert_eq!(table["rows"][0]["object"], Value::Null);
        let cells = table["rows"][0]["cells"].as_array().unwrap().clone();
        assert_eq!(cells.len(), table["columnDefinitions"].as_array().unwrap().len());
        cells.iter().map(|cell| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)).collect::<Vec<_>>().join(" | ")
    }

    fn pod(spec: Value, status: Value) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "creationTimestamp": "2026-01-01T00:05:00Z"},
            "spec": spec, "status": status,
        })
    }

    #[test]
    fn a_pod_says_what_it_is_doing() {
        let one = json!({"containers": [{"name": "a"}], "nodeName": "n1"});
        let running = json!({"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}], "containerStatuses": [{"name": "a", "ready": true, "restartCount": 2,
            "state": {"running": {}}, "lastState": {"terminated": {"finishedAt": "2026-01-01T00:09:55Z"}}}]});
        assert_eq!(cells(pod(one.clone(), running)), "p | 1/1 | Running | 2 (5s ago) | 5m | 10.0.0.1 | n1 | <none> | <none>");
        let backing_off = json!({"phase": "Running", "containerStatuses": [{"name": "a", "restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]});
        assert_eq!(cells(pod(one.clone(), backing_off)), "p | 0/1 | CrashLoopBackOff | 1 | 5m | <none> | n1 | <none> | <none>");
        let failed = json!({"phase": "Failed", "containerStatuses": [{"name": "a", "restartCount": 0, "state": {"terminated": {"exitCode": 3}}}]});
        assert_eq!(cells(pod(one.clone(), failed)), "p | 0/1 | ExitCode:3 | 0 | 5m | <none> | n1 | <none> | <none>");
        let mut leaving = pod(one, json!({"phase": "Running"}));
        leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:09:00Z".into();
        assert!(cells(leaving).starts_with("p | 0/1 | Terminating | 0 |"));
    }

    #[test]
    fn init_containers_show_their_progress() {
        let spec = json!({"initContainers": [{"name": "i"}, {"name": "j"}], "containers": [{"name": "a"}]});
        let status = |state: Value| json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}, {"name": "j", "restartCount": 3, "state": state}]});
        assert!(cells(pod(spec.clone(), status(json!({"running": {}})))).starts_with("p | 0/1 | Init:1/2 | 3 |"));
        assert!(
            cells(pod(spec.clone(), status(json!({"waiting": {"reason": "CrashLoopBackOff"}}))))
                .starts_with("p | 0/1 | Init:CrashLoopBackOff | 3 |")
        );
        assert!(cells(pod(spec, status(json!({"terminated": {"exitCode": 1}})))).starts_with("p | 0/1 | Init:ExitCode:1 | 3 |"));
    }

    #[test]
    fn a_completed_pod_with_a_running_container_is_not_ready() {
        let spec = json!({"containers": [{"name": "a"}, {"name": "b"}]});
        let status = json!({"phase": "Running", "containerStatuses": [
            {"name": "a", "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
            {"name": "b", "restartCount": 0, "ready": true, "state": {"running": {}}}]});
        assert!(cells(pod(spec, status)).starts_with("p | 1/2 | NotReady | 0 |"));
    }

    #[test]
    fn workloads_and_services_read_as_in_kubectl() {
        let template = json!({"spec": {"containers": [{"name": "a", "image": "i:1"}, {"name": "b", "image": "j:2"}]}});
        let meta = json!({"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"});
        let selector = json!({"matchLabels": {"app": "x"}});
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"replicas": 3, "template": template, "selector": selector}, "status": {"readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 2}});
        assert_eq!(cells(deployment), "x | 2/3 | 3 | 2 | 10m | a,b | i:1,j:2 | app=x");
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"type": "NodePort", "clusterIP": "10.96.0.9", "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}], "selector": {"app": "x"}}});
        assert_eq!(cells(service), "x | NodePort | 10.96.0.9 | <none> | 80:30080/TCP,53/UDP | 10m | app=x");
        let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": {"completions": 2, "parallelism": 1, "template": template}, "status": {"succeeded": 2, "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:01:05Z", "conditions": [{"type": "Complete", "status": "True"}]}});
        assert_eq!(cells(job), "x | Complete | 2/2 | 65s | 10m | a,b | i:1,j:2 | <none>");
        let endpoints = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": [{"addresses": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.2"}], "ports": [{"port": 80}, {"port": 81}]}]});
        assert_eq!(cells(endpoints), "x | 1.1.1.1:80,1.1.1.2:80,1.1.1.1:81 + 1 more... | 10m");
    }

    #[test]
    fn nodes_events_and_claims_read_as_in_kubectl() {
        let meta = json!({"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"node-role.kubernetes.io/control-plane": ""}});
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": {"unschedulable": true}, "status": {
            "conditions": [{"type": "Ready", "status": "True"}], "addresses": [{"type": "InternalIP", "address": "10.0.0.5"}],
            "nodeInfo": {"kubeletVersion": "v1.36.0", "osImage": "Debian", "kernelVersion": "6.1", "containerRuntimeVersion": "docker://20"}}});
        assert_eq!(
            cells(node),
            "x | Ready,SchedulingDisabled | control-plane | 10m | v1.36.0 | 10.0.0.5 | <none> | Debian | 6.1 | docker://20"
        );
        let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "type": "Normal", "reason": "Pulled", "message": "ok\n", "count": 3,
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{a}"}, "source": {"component": "kubelet", "host": "n1"},
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:09:00Z"});
        assert_eq!(
            cells(event),
            "60s (x3 over 10m) | Normal | Pulled | pod/p | spec.containers{a} | kubelet, n1 | ok | 10m | 3 | e"
        );
        let nameless =
            json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "involvedObject": {"kind": "Node"}});
        assert!(cells(nameless).starts_with("<unknown> |  |  | node |"));
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": {"volumeName": "pv", "storageClassName": "fast", "volumeMode": "Filesystem"},
            "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}});
        assert_eq!(cells(claim), "x | Bound | pv | 1Gi | RWO | fast | <unset> | 10m | Filesystem");
    }

    #[test]
    fn no_cell_of_any_kind_panics_on_an_empty_object() {
        for kind in Kinds::builtin().iter() {
            let bare = json!({"metadata": {"name": "x"}, "spec": {}, "status": {}});
            for object in [json!({}), bare] {
                let table = render(&kind.columns, [&object], Time::from_micros(0), Include::Metadata, "meta.k8s.io/v1");
                assert_eq!(table["rows"][0]["cells"].as_array().unwrap().len(), kind.columns.len());
            }
        }
    }
}
