//! Faulty objects are refused field by field, in upstream's words.

use kontiki_api::decode::{Body, FieldValidation, decode_value};
use kontiki_api::kind::{Kind, Kinds};
use serde_json::{Value, json};

fn row_of<'a>(kinds: &'a Kinds, object: &Value) -> &'a Kind {
    kinds.by_kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap()
}

fn completed(object: Value) -> Value {
    let kinds = Kinds::builtin();
    let row = row_of(&kinds, &object);
    let mut object = decode_value(object, Body::of(row), FieldValidation::Strict).unwrap().object;
    (row.hooks.default)(&mut object);
    (row.hooks.prepare_create)(&mut object);
    object
}

fn faults(object: Value) -> Vec<String> {
    let object = completed(object);
    (row_of(&Kinds::builtin(), &object).hooks.validate)(&object).iter().map(ToString::to_string).collect()
}

fn change(old: Value, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let old = completed(old);
    let mut new = old.clone();
    change(&mut new);
    (row_of(&Kinds::builtin(), &old).hooks.validate_update)(&new, &old).iter().map(ToString::to_string).collect()
}

fn pod(container: Value, more: Value) -> Value {
    let mut base = json!({"name": "c", "image": "i:1"});
    base.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    let mut spec = json!({"containers": [base]});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "d"}, "spec": spec})
}

fn deployment(spec: Value) -> Value {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let mut base = json!({"selector": {"matchLabels": {"a": "b"}}, "template": template});
    base.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x", "namespace": "d"}, "spec": base})
}

#[test]
fn good_objects_have_no_faults() {
    let good = [
        pod(json!({}), json!({})),
        pod(
            json!({"env": [{"name": "A", "value": ""}], "ports": [{"containerPort": 80, "name": "http"}],
                "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a/b"}], "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}},
                "readinessProbe": {"httpGet": {"port": "http", "httpHeaders": [{"name": "X", "value": ""}]}}}),
            json!({"volumes": [{"name": "v"}], "tolerations": [{"operator": "Exists"}]}),
        ),
        deployment(json!({})),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80, "targetPort": "http"}]}}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "s"}, "addressType": "IPv4"}),
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"}, "involvedObject": {}}),
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}}),
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"},
            "rules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "n"}, "spec": {}}),
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}),
    ];
    for object in good {
        assert_eq!(faults(object.clone()), Vec::<String>::new(), "{object}");
    }
}

#[test]
fn each_fault_of_a_pod_is_told() {
    for (object, wanted) in [
        (json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}), "spec.containers: Required value"),
        (pod(json!({"image": ""}), json!({})), "spec.containers[0].image: Required value"),
        (
            pod(json!({"imagePullPolicy": "No"}), json!({})),
            "spec.containers[0].imagePullPolicy: Unsupported value: \"No\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
        ),
        (
            pod(json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]}), json!({})),
            "spec.containers[0].volumeMounts[0].name: Not found: \"v\"",
        ),
        (
            pod(json!({"ports": [{"containerPort": 70_000}]}), json!({})),
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            pod(json!({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}), json!({})),
            "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
        ),
        (
            pod(json!({"livenessProbe": {}}), json!({})),
            "spec.containers[0].livenessProbe: Required value: must specify a handler type",
        ),
        (
            pod(json!({}), json!({"restartPolicy": "Sometimes"})),
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        ),
        (pod(json!({}), json!({"volumes": [{"name": "v"}, {"name": "v"}]})), "spec.volumes[1].name: Duplicate value: \"v\""),
        (
            pod(json!({}), json!({"initContainers": [{"name": "c", "image": "i"}]})),
            "spec.initContainers[0].name: Duplicate value: \"c\"",
        ),
    ] {
        assert_eq!(faults(object), [wanted]);
    }
}

#[test]
fn each_fault_of_other_kinds_is_told() {
    for (object, wanted) in [
        (deployment(json!({"replicas": -1})), "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (deployment(json!({"selector": null})), "spec.selector: Required value"),
        (
            deployment(json!({"selector": {"matchLabels": {"x": "y"}}})),
            "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`",
        ),
        (
            deployment(json!({"strategy": {"type": "Recreate", "rollingUpdate": {}}})),
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
        (json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {}}), "spec.ports: Required value"),
        (
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a/b": ""}}),
            "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "kubernetes.io/tls", "data": {"tls.crt": ""}}),
            "data[tls.key]: Required value",
        ),
        (
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": [{"verbs": [], "apiGroups": [""], "resources": ["pods"]}]}),
            "rules[0].verbs: Required value: verbs must contain at least one value",
        ),
        (
            json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "p"}, "value": 1, "preemptionPolicy": "X"}),
            "preemptionPolicy: Unsupported value: \"X\": supported values: \"PreemptLowerPriority\", \"Never\"",
        ),
        (
            json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "s"}, "provisioner": ""}),
            "provisioner: Required value",
        ),
    ] {
        assert_eq!(faults(object), [wanted]);
    }
}

#[test]
fn what_may_not_change_is_told() {
    assert_eq!(
        change(deployment(json!({})), |new| new["spec"]["selector"]["matchLabels"]["c"] = "d".into()),
        ["spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}: field is immutable"]
    );
    assert!(change(pod(json!({}), json!({})), |new| new["spec"]["containers"][0]["image"] = "j".into()).is_empty());
    let told = change(pod(json!({}), json!({})), |new| new["spec"]["hostname"] = "h".into());
    assert!(told.len() == 1 && told[0].starts_with("spec: Forbidden: pod updates may not change fields other than"), "{told:?}");
    let fixed =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "immutable": true, "data": {"a": "b"}});
    assert_eq!(
        change(fixed, |new| new["data"]["a"] = "c".into()),
        ["data: Forbidden: field is immutable when `immutable` is set"]
    );
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "ports": [{"port": 1}]}});
    let told = change(service, |new| {
        new["spec"]["clusterIP"] = "10.96.0.2".into();
        new["spec"]["clusterIPs"] = json!(["10.96.0.2"]);
    });
    assert_eq!(told, ["spec.clusterIPs[0]: Invalid value: [\"10.96.0.2\"]: may not change once set"]);
}
