//! What counts as a new generation, and what was stored before a default was known.

use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::table::{Include, render};
use kontiki_api::time::Time;
use serde_json::{Value, json};

fn with<T>(object: &Value, then: impl FnOnce(&Kind) -> T) -> T {
    let kinds = Kinds::builtin();
    then(kinds.by_kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap())
}

fn created(mut object: Value) -> Value {
    with(&object.clone(), |kind| {
        kind.default(&mut object);
        kind.prepare_create(&mut object);
    });
    object
}

/// The object after a PUT, and what is told of it.
fn put(mut new: Value, old: &Value) -> (Value, Vec<String>) {
    let told = with(old, |kind| {
        kind.default(&mut new);
        kind.prepare_update(&mut new, old);
        kind.validate_update(&new, old, &mut Vec::new()).iter().map(ToString::to_string).collect()
    });
    (new, told)
}

fn generation(object: &Value) -> Option<i64> {
    object["metadata"].get("generation").and_then(Value::as_i64)
}

/// The generations of a new object, after a change of its labels, and after one that `change` makes.
fn generations(object: Value, change: impl FnOnce(&mut Value)) -> [Option<i64>; 3] {
    let first = created(object);
    let mut labelled = first.clone();
    labelled["metadata"]["labels"] = json!({"l": "1"});
    let (labelled, _) = put(labelled, &first);
    let mut last = labelled.clone();
    change(&mut last);
    let (last, _) = put(last, &labelled);
    [generation(&first), generation(&labelled), generation(&last)]
}

fn object(api_version: &str, kind: &str, more: Value) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "uid": "u"}});
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

#[test]
fn each_kind_counts_what_upstream_counts() {
    let service = object("apiregistration.k8s.io/v1", "APIService", json!({"spec": {"versionPriority": 1}}));
    assert_eq!(generations(service, |new| new["spec"]["versionPriority"] = 2.into()), [None, None, None]);
    let class = object("scheduling.k8s.io/v1", "PriorityClass", json!({"value": 1}));
    assert_eq!(generations(class, |new| new["description"] = "d".into()), [Some(1), Some(1), Some(1)]);
    let slice = object("discovery.k8s.io/v1", "EndpointSlice", json!({"addressType": "IPv4", "endpoints": []}));
    assert_eq!(generations(slice, |new| new["ports"] = json!([{"port": 1}])), [Some(1), Some(2), Some(3)]);
    let driver = object("storage.k8s.io/v1", "CSIDriver", json!({"spec": {}}));
    assert_eq!(generations(driver, |new| new["spec"]["podInfoOnMount"] = true.into()), [None, None, Some(1)]);
    let policy = object("networking.k8s.io/v1", "NetworkPolicy", json!({"spec": {}}));
    assert_eq!(generations(policy, |new| new["spec"]["policyTypes"] = json!(["Egress"])), [Some(1), Some(1), Some(2)]);
}

#[test]
fn a_new_default_is_no_change() {
    let template = json!({"spec": {"containers": [{"name": "c", "image": "i:1"}], "restartPolicy": "Never"}});
    let mut old = created(object(
        "batch/v1",
        "CronJob",
        json!({"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}}}),
    ));
    let job = &mut old["spec"]["jobTemplate"];
    assert_eq!((&job["metadata"], &job["spec"]["template"]["metadata"]), (&json!({}), &json!({})));
    job.as_object_mut().unwrap().shift_remove("metadata");
    job["spec"]["template"].as_object_mut().unwrap().shift_remove("metadata");
    let (new, told) = put(old.clone(), &old);
    assert_eq!((generation(&new), told), (Some(1), Vec::new()));
    assert_eq!(new["spec"]["jobTemplate"]["metadata"], json!({}));

    let claim = json!({"metadata": {"name": "c"}, "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}}, "status": {}});
    let set = json!({"spec": {"serviceName": "s", "selector": {"matchLabels": {"a": "b"}}, "volumeClaimTemplates": [claim],
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}}});
    let mut old = created(object("apps/v1", "StatefulSet", set));
    assert_eq!(old["spec"]["volumeClaimTemplates"][0]["status"], json!({"phase": "Pending"}));
    old["spec"]["volumeClaimTemplates"][0]["status"] = json!({});
    let (new, told) = put(old.clone(), &old);
    assert_eq!((generation(&new), told), (Some(1), Vec::new()));
    let mut other = old.clone();
    other["spec"]["volumeClaimTemplates"][0]["spec"]["accessModes"] = json!(["ReadWriteMany"]);
    let (new, told) = put(other, &old);
    assert_eq!((generation(&new), told.len()), (Some(2), 1));
}

#[test]
fn structs_that_go_always_writes_are_there() {
    let ingress =
        created(object("networking.k8s.io/v1", "Ingress", json!({"spec": {"defaultBackend": {"service": {"name": "s"}}}})));
    assert_eq!(ingress["status"], json!({"loadBalancer": {}}));
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    let set = json!({"spec": {"serviceName": "s", "selector": {"matchLabels": {"a": "b"}}, "template": template}});
    assert_eq!(created(object("apps/v1", "StatefulSet", set))["status"], json!({"replicas": 0, "availableReplicas": 0}));
    let policy = created(object("networking.k8s.io/v1", "NetworkPolicy", json!({"spec": {}})));
    assert_eq!(policy["spec"]["podSelector"], json!({}));
    let table = with(&policy, |kind| {
        let now = Time::parse("2026-01-01T00:10:00Z").unwrap();
        render(&kind.columns, [&policy], now, Include::None, "meta.k8s.io/v1")
    });
    assert_eq!(table["rows"][0]["cells"][1], "<none>");
}

#[test]
fn fields_behind_a_gate_are_dropped() {
    let spec = json!({"holderIdentity": "h", "strategy": "OldestEmulationVersion", "preferredHolder": "p"});
    let lease = created(object("coordination.k8s.io/v1", "Lease", json!({"spec": spec})));
    assert_eq!(lease["spec"], json!({"holderIdentity": "h"}));
    let mut held = lease.clone();
    held["spec"]["preferredHolder"] = "p".into();
    let (again, _) = put(held.clone(), &lease);
    assert_eq!(again["spec"], lease["spec"]);
    let (kept, _) = put(held.clone(), &held);
    assert_eq!(kept["spec"], held["spec"]);
    let driver = created(object("storage.k8s.io/v1", "CSIDriver", json!({"spec": {"preventPodSchedulingIfMissing": true}})));
    assert!(driver["spec"].get("preventPodSchedulingIfMissing").is_none());
}

#[test]
fn what_an_older_stateful_set_has_behind_a_gate_is_judged() {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    let spec = json!({"serviceName": "s", "selector": {"matchLabels": {"a": "b"}}, "template": template});
    let mut old = created(object("apps/v1", "StatefulSet", json!({"spec": spec})));
    let most = |set: &mut Value, most: Value| set["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] = most;
    most(&mut old, 2.into());
    for (value, why) in [(json!("101%"), "must not be greater than 100%"), (json!(0), "cannot be 0")] {
        let mut new = old.clone();
        most(&mut new, value.clone());
        let told = format!("spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: {value}: {why}");
        assert_eq!(put(new, &old).1, [told]);
    }
}

#[test]
fn a_job_selects_its_own_pods_alone() {
    let job = |selector: Value| {
        let template = json!({"metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "c", "image": "i:1"}], "restartPolicy": "Never"}});
        created(object("batch/v1", "Job", json!({"spec": {"selector": selector, "template": template}})))
    };
    let own = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}});
    for empty in [json!({}), Value::Null, json!({"matchLabels": {}})] {
        let job = job(empty);
        assert_eq!(job["spec"]["selector"], own);
        assert_eq!(job["metadata"]["labels"], job["spec"]["template"]["metadata"]["labels"]);
        assert_eq!(job["spec"]["manualSelector"], false);
    }
}
