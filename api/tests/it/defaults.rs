//! Objects come out of decode, defaults and preparation as upstream stores them.

use kontiki_api::decode::{Body, FieldValidation, decode_value};
use kontiki_api::kind::Kinds;
use serde_json::{Value, json};

fn created(object: Value) -> Value {
    let kinds = Kinds::builtin();
    let row = kinds.by_kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap();
    let mut object = decode_value(object, Body::of(row), FieldValidation::Strict).unwrap().object;
    (row.hooks.default)(&mut object);
    let once = object.clone();
    (row.hooks.default)(&mut object);
    assert_eq!(once, object, "defaults are idempotent");
    (row.hooks.prepare_create)(&mut object);
    object
}

#[test]
fn a_pod_gets_the_defaults_of_all_its_parts() {
    let pod = created(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
        "containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": 1}},
            "readinessProbe": {"httpGet": {"port": 80}, "timeoutSeconds": 0},
            "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}],
        "volumes": [{"name": "v"}, {"name": "m", "configMap": {"name": "x"}}]}}));
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["imagePullPolicy"], "Always");
    assert_eq!(container["ports"][0]["protocol"], "TCP");
    assert_eq!(container["resources"]["requests"], json!({"cpu": "1"}));
    let probe = json!({"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "timeoutSeconds": 1, "failureThreshold": 3,
        "periodSeconds": 10, "successThreshold": 1});
    assert_eq!(container["readinessProbe"], probe);
    assert_eq!(container["env"][0]["valueFrom"]["fieldRef"]["apiVersion"], "v1");
    assert_eq!(
        pod["spec"]["volumes"],
        json!([{"name": "v", "emptyDir": {}}, {"name": "m", "configMap": {"name": "x", "defaultMode": 420}}])
    );
    for (field, value) in
        [("dnsPolicy", json!("ClusterFirst")), ("enableServiceLinks", json!(true)), ("terminationGracePeriodSeconds", json!(30))]
    {
        assert_eq!(pod["spec"][field], value);
    }
    assert_eq!(pod["status"], json!({"phase": "Pending", "qosClass": "Burstable"}));
    assert_eq!(pod["metadata"]["generation"], 1);
}

#[test]
fn workloads_get_their_strategies() {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}});
    let of = |api_version: &str, kind: &str| {
        let spec = json!({"selector": {"matchLabels": {"a": "b"}}, "template": template});
        created(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "w", "uid": "u"}, "spec": spec}))
    };
    let deployment = of("apps/v1", "Deployment");
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    assert_eq!((&deployment["spec"]["strategy"], &deployment["spec"]["replicas"]), (&strategy, &json!(1)));
    assert!(deployment["spec"]["template"]["spec"].get("enableServiceLinks").is_none());
    assert_eq!(
        of("apps/v1", "DaemonSet")["spec"]["updateStrategy"]["rollingUpdate"],
        json!({"maxUnavailable": 1, "maxSurge": 0})
    );
    assert_eq!(of("apps/v1", "DaemonSet")["status"]["desiredNumberScheduled"], 0);
    assert_eq!(of("apps/v1", "StatefulSet")["spec"]["updateStrategy"]["rollingUpdate"], json!({"partition": 0}));
    let controller = created(
        json!({"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "r"}, "spec": {"template": template}}),
    );
    assert_eq!((&controller["spec"]["selector"], &controller["metadata"]["labels"]), (&json!({"a": "b"}), &json!({"a": "b"})));
    let job = created(
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "uid": "u"}, "spec": {"template": template}}),
    );
    assert_eq!((&job["spec"]["completions"], &job["spec"]["backoffLimit"]), (&json!(1), &json!(6)));
    assert_eq!(job["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"], "u");
}

#[test]
fn a_pod_says_its_account_by_both_names() {
    let spec = |more: Value| {
        let mut spec = json!({"containers": [{"name": "c", "image": "i:1"}]});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "w"},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}});
        created(object)["spec"]["template"]["spec"].take()
    };
    for said in [
        json!({"serviceAccount": "x"}),
        json!({"serviceAccountName": "x"}),
        json!({"serviceAccountName": "x", "serviceAccount": "y"}),
    ] {
        let spec = spec(said.clone());
        assert_eq!((&spec["serviceAccountName"], &spec["serviceAccount"]), (&json!("x"), &json!("x")), "{said}");
    }
    assert!(spec(json!({})).get("serviceAccount").is_none());
}

#[test]
fn a_job_without_labels_has_those_of_its_template() {
    let job = |labels: Value| {
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}});
        created(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "uid": "u", "labels": labels},
            "spec": {"template": template}}))
    };
    let bare = job(json!({}));
    let wanted = json!({"a": "b", "controller-uid": "u", "job-name": "j", "batch.kubernetes.io/controller-uid": "u",
        "batch.kubernetes.io/job-name": "j"});
    assert_eq!((&bare["metadata"]["labels"], &bare["spec"]["template"]["metadata"]["labels"]), (&wanted, &wanted));
    assert_eq!(job(json!({"a": "b"}))["metadata"]["labels"], json!({"a": "b"}));
}

#[test]
fn addresses_and_their_lists_are_in_step() {
    let kinds = Kinds::builtin();
    let completed = |kind: &str, part: &str, value: Value| {
        let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}, part: value});
        kinds.by_kind("v1", kind).unwrap().default(&mut object);
        let fields = ["podIP", "podIPs", "podCIDR", "podCIDRs"];
        json!(fields.map(|field| object[part].get(field).cloned()).into_iter().flatten().collect::<Vec<_>>())
    };
    let (one, other) = ("10.0.0.1", "10.0.0.2");
    for status in [json!({"podIP": one}), json!({"podIPs": [{"ip": one}]}), json!({"podIP": one, "podIPs": [{"ip": other}]})] {
        assert_eq!(completed("Pod", "status", status.clone()), json!([one, [{"ip": one}]]), "{status}");
    }
    let two = json!({"podIP": one, "podIPs": [{"ip": one}, {"ip": "::1"}]});
    assert_eq!(completed("Pod", "status", two), json!([one, [{"ip": one}, {"ip": "::1"}]]));
    assert_eq!(completed("Pod", "status", json!({"phase": "Failed"})), json!([]));
    let (one, other) = ("10.1.0.0/24", "10.2.0.0/24");
    for spec in [json!({"podCIDR": one}), json!({"podCIDRs": [one]}), json!({"podCIDR": one, "podCIDRs": [other]})] {
        assert_eq!(completed("Node", "spec", spec.clone()), json!([one, [one]]), "{spec}");
    }
}

#[test]
fn services_secrets_and_namespaces_are_completed() {
    let service = created(
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}),
    );
    assert_eq!(service["spec"]["ports"], json!([{"port": 80, "protocol": "TCP", "targetPort": 80}]));
    assert_eq!(service["spec"]["externalTrafficPolicy"], "Cluster");
    let secret = created(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}));
    assert_eq!((&secret["data"], &secret["type"], secret.get("stringData")), (&json!({"a": "Yg=="}), &json!("Opaque"), None));
    let namespace = created(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}));
    assert_eq!(namespace["metadata"]["labels"], json!({"kubernetes.io/metadata.name": "n"}));
    assert_eq!((&namespace["spec"]["finalizers"], &namespace["status"]), (&json!(["kubernetes"]), &json!({"phase": "Active"})));
}

#[test]
fn an_update_keeps_what_was_allocated() {
    let kinds = Kinds::builtin();
    let row = kinds.by_kind("v1", "Service").unwrap();
    let mut old = created(
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}),
    );
    let mut new = old.clone();
    old["spec"]["clusterIP"] = "10.96.0.7".into();
    old["spec"]["clusterIPs"] = json!(["10.96.0.7"]);
    old["spec"]["ports"][0]["nodePort"] = 30_001.into();
    (row.hooks.prepare_update)(&mut new, &old);
    assert_eq!(new, old);
}

#[test]
fn amounts_are_no_finer_than_a_thousandth() {
    let amounts = json!({"cpu": "100u", "memory": "1Gi", "example.com/x": "1500u", "example.com/y": "100e-6"});
    let wanted = json!({"cpu": "1m", "memory": "1Gi", "example.com/x": "2m", "example.com/y": "1e-3"});
    let kinds = Kinds::builtin();
    let mut node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "status": {"capacity": amounts}});
    kinds.by_kind("v1", "Node").unwrap().default(&mut node);
    assert_eq!((&node["status"]["capacity"], &node["status"]["allocatable"]), (&wanted, &wanted));
    let mut class = json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "n"},
        "handler": "h", "overhead": {"podFixed": {"cpu": "1n"}}});
    kinds.by_kind("node.k8s.io/v1", "RuntimeClass").unwrap().default(&mut class);
    assert_eq!(class["overhead"]["podFixed"]["cpu"], "1m");
}

#[test]
fn a_status_without_a_phase_is_of_the_first_one() {
    let kinds = Kinds::builtin();
    for (kind, phase) in [("Namespace", "Active"), ("PersistentVolume", "Pending"), ("PersistentVolumeClaim", "Pending")] {
        for status in [json!({}), json!(null)] {
            let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "n"}, "spec": {}, "status": status});
            kinds.by_kind("v1", kind).unwrap().default(&mut object);
            assert_eq!(object["status"]["phase"], phase, "{kind}");
        }
    }
}

#[test]
fn what_v1_36_has_behind_a_shut_gate_is_dropped() {
    let lifecycle = json!({"stopSignal": "SIGUSR1", "preStop": {"sleep": {"seconds": 1}}});
    let pod = created(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"os": {"name": "linux"}, "containers": [{"name": "c", "image": "i", "lifecycle": lifecycle}]}}));
    assert_eq!(pod["spec"]["containers"][0]["lifecycle"], json!({"preStop": {"sleep": {"seconds": 1}}}));
}
