//! What is allowed and yet seldom meant: the texts of `Warning` headers.

mod containers;
mod labels;
mod pods;
mod ports;
mod services;
mod storage;

use serde_json::Value;

use crate::kind::validate::dns_label_fault;
use crate::member_of;

/// Where kinds keep the template of their pods.
const TEMPLATES: [(&str, &str); 9] = [
    ("Pod", ""),
    ("PodTemplate", "template."),
    ("ReplicationController", "spec.template."),
    ("ReplicaSet", "spec.template."),
    ("Deployment", "spec.template."),
    ("DaemonSet", "spec.template."),
    ("StatefulSet", "spec.template."),
    ("Job", "spec.template."),
    ("CronJob", "spec.jobTemplate.spec.template."),
];

/// The warnings about `object`, in upstream's words.
pub(super) fn warn(object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let kind = object["kind"].as_str().unwrap_or_default();
    if let Some((_, place)) = TEMPLATES.iter().find(|(of, _)| *of == kind) {
        let template = place.split_terminator('.').try_fold(object, |value, field| value.get(field));
        pods::pod(template.unwrap_or(&Value::Null), place, &mut found);
    }
    match kind {
        "Pod" | "ReplicaSet" | "Job" | "DaemonSet" => host_name(object, &mut found),
        "Ingress" if object["metadata"]["annotations"].get("kubernetes.io/ingress.class").is_some() => {
            let text = "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead";
            found.push(text.into());
        }
        "Service" => services::service(object, &mut found),
        "PersistentVolume" => storage::volume(object, &mut found),
        "PersistentVolumeClaim" => storage::claim(object, &mut found),
        "StorageClass" => storage::class(object, &mut found),
        "RuntimeClass" => labels::runtime_class(object, &mut found),
        _ => {}
    }
    found
}

/// Names that make odd names of hosts.
fn host_name(object: &Value, found: &mut Vec<String>) {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let Some(why) = dns_label_fault(name).filter(|_| !name.is_empty()) else { return };
    let why = if name.contains('.') { "must not contain dots".to_owned() } else { why };
    found.push(format!(
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [{why}]"
    ));
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    member_of(value, field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    member_of(value, field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_with_dots_is_told() {
        let told = warn(&json!({"kind": "Pod", "metadata": {"name": "a.b"}}));
        assert!(told[0].starts_with("metadata.name: ") && told[0].ends_with("[must not contain dots]"));
        assert!(warn(&json!({"kind": "Pod", "metadata": {"name": "a"}})).is_empty());
    }

    #[test]
    fn a_pod_is_looked_at_wherever_it_is() {
        for (kind, place) in TEMPLATES {
            let mut object = json!({"spec": {"terminationGracePeriodSeconds": -1}});
            for field in place.split_terminator('.').rev() {
                object = json!({field: object});
            }
            object["kind"] = kind.into();
            let told = format!(
                "{place}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
            );
            assert_eq!(warn(&object), [told]);
        }
    }
}
