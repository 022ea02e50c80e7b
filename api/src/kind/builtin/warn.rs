//! What is allowed and yet seldom meant: the texts of `Warning` headers.

use serde_json::Value;

use crate::kind::validate::{Path, dns_label_fault};

/// Where kinds keep their pod.
const TEMPLATES: [(&str, &str); 8] = [
    ("Pod", "spec"),
    ("PodTemplate", "template.spec"),
    ("ReplicationController", "spec.template.spec"),
    ("ReplicaSet", "spec.template.spec"),
    ("Deployment", "spec.template.spec"),
    ("DaemonSet", "spec.template.spec"),
    ("StatefulSet", "spec.template.spec"),
    ("Job", "spec.template.spec"),
];
const CRON_JOB: &str = "spec.jobTemplate.spec.template.spec";

/// Labels of nodes that have newer names.
const OLD_LABELS: [(&str, &str); 4] = [
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
];

/// The warnings about `object`, in upstream's words.
pub(super) fn warn(object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let kind = object["kind"].as_str().unwrap_or_default();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let place =
        if kind == "CronJob" { Some(CRON_JOB) } else { TEMPLATES.iter().find(|(of, _)| *of == kind).map(|(_, place)| *place) };
    if let Some(place) = place {
        let spec = place.split('.').try_fold(object, |value, field| value.get(field));
        pod_spec(spec.unwrap_or(&Value::Null), &Path::new(place), &mut found);
    }
    match kind {
        "Pod" | "ReplicaSet" | "Job" | "DaemonSet" if dns_label_fault(name).is_some() && !name.is_empty() => {
            let why =
                if name.contains('.') { "must not contain dots".to_owned() } else { dns_label_fault(name).unwrap_or_default() };
            found.push(format!(
                "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [{why}]"
            ));
        }
        "Ingress" if object["metadata"]["annotations"].get("kubernetes.io/ingress.class").is_some() => {
            let text = "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead";
            found.push(text.into());
        }
        "Service" if object["spec"]["clusterIP"] == "None" && object["spec"]["sessionAffinity"] == "ClientIP" => {
            found.push("spec.SessionAffinity is ignored for headless services".into());
        }
        _ => {}
    }
    found
}

fn pod_spec(spec: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    for (old, new) in OLD_LABELS {
        if spec["nodeSelector"].get(old).is_some() {
            found.push(format!("{}: deprecated; use {new:?} instead", path.child("nodeSelector").key(old)));
        }
    }
    for (at, secret) in list(spec, "imagePullSecrets").iter().enumerate() {
        if secret["name"].as_str().is_none_or(str::is_empty) {
            found.push(format!("{}: invalid empty name \"\"", path.child("imagePullSecrets").index(at).child("name")));
        }
    }
    for field in ["initContainers", "containers"] {
        let field_path = path.child(field);
        for (at, container) in list(spec, field).iter().enumerate() {
            variables(container, &field_path.index(at), found);
        }
    }
}

/// The last of several variables of one name wins, here; a merge of lists may keep another.
fn variables(container: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    let variables = list(container, "env");
    for (at, variable) in variables.iter().enumerate() {
        if variables.iter().take(at).any(|earlier| earlier["name"] == variable["name"]) {
            let env = path.child("env");
            let name = &variable["name"];
            found.push(format!("{}: hides previous definition of {name}, which may be dropped when using apply", env.index(at)));
        }
    }
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_variable_that_is_set_twice_is_told_wherever_the_pod_is() {
        let spec = json!({"containers": [{"name": "c", "env": [{"name": "A"}, {"name": "B"}, {"name": "A"}]}]});
        let pod = json!({"kind": "Pod", "metadata": {"name": "a.b"}, "spec": spec});
        let told = warn(&pod);
        assert_eq!(
            told[0],
            "spec.containers[0].env[2]: hides previous definition of \"A\", which may be dropped when using apply"
        );
        assert!(told[1].starts_with("metadata.name: ") && told[1].ends_with("[must not contain dots]"));
        let job = json!({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}});
        assert!(warn(&job)[0].starts_with("spec.jobTemplate.spec.template.spec.containers[0].env[2]: "));
    }
}
