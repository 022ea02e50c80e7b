//! Objects to work on.

use std::sync::LazyLock;

use kontiki_api::kind::Kinds;
use serde_json::{Value, json};

/// All built-in kinds.
pub fn kinds() -> &'static Kinds {
    static KINDS: LazyLock<Kinds> = LazyLock::new(Kinds::builtin);
    &KINDS
}

/// A Deployment with lists of each sort, managed by two managers.
pub fn deployment() -> &'static Value {
    static DEPLOYMENT: LazyLock<Value> = LazyLock::new(|| {
        let container = json!({"name": "c", "image": "i", "ports": [{"containerPort": 80, "protocol": "TCP"}],
            "env": [{"name": "A", "value": "b"}], "args": ["x", "y"]});
        let managed = |manager: &str, operation: &str, fields: Value| {
            json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "time": "2026-01-02T03:04:05Z",
                "fieldsType": "FieldsV1", "fieldsV1": fields})
        };
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "x", "namespace": "default", "labels": {"a": "b"}, "finalizers": ["example.com/f"], "managedFields": [
                managed("m", "Apply", json!({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
                    "k:{\"name\":\"c\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}})),
                managed("n", "Update", json!({"f:metadata": {"f:labels": {"f:a": {}}, "f:finalizers": {"v:\"example.com/f\"": {}}}})),
            ]},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container], "volumes": [{"name": "v", "emptyDir": {}}]}}}})
    });
    &DEPLOYMENT
}
