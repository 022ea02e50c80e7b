//! Controllers of pods.

use serde_json::{Map, Value};

use super::{SPEC, pods, text};
use crate::kind::validate::{Faults, Path};
use crate::selector::LabelSelector;

/// A template that is stored by itself.
pub(super) fn pod_template(object: &Value, faults: &mut Faults) {
    let path = Path::new("template");
    pods::spec(&object["template"]["spec"], &path.child("spec"), faults);
}

pub(super) fn replication_controller(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let selector = spec.get("selector").and_then(Value::as_object).filter(|labels| !labels.is_empty());
    match selector {
        None => faults.required(&SPEC.child("selector"), ""),
        Some(labels) => matches(&LabelSelector::from_map(labels), spec, faults),
    }
    template(spec, "ReplicationController", faults);
}

pub(super) fn deployment(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    selector(spec, "deployment", faults);
    template(spec, "Deployment", faults);
    let path: Path<'_> = SPEC;
    let path = path.child("strategy");
    rolling_update(&spec["strategy"], &path, faults);
    if spec["progressDeadlineSeconds"].as_i64() <= spec["minReadySeconds"].as_i64() && spec.get("minReadySeconds").is_some() {
        let value = &spec["progressDeadlineSeconds"];
        faults.invalid(&SPEC.child("progressDeadlineSeconds"), value, "must be greater than minReadySeconds");
    }
}

pub(super) fn replica_set(object: &Value, faults: &mut Faults) {
    selector(&object["spec"], "replicaset", faults);
    template(&object["spec"], "ReplicaSet", faults);
}

pub(super) fn daemon_set(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    selector(spec, "daemonset", faults);
    template(spec, "DaemonSet", faults);
    let path: Path<'_> = SPEC;
    rolling_update(&spec["updateStrategy"], &path.child("updateStrategy"), faults);
}

pub(super) fn stateful_set(object: &Value, faults: &mut Faults) {
    selector(&object["spec"], "statefulset", faults);
    template(&object["spec"], "StatefulSet", faults);
}

/// Most of a stateful set's spec never changes.
pub(super) fn stateful_set_update(new: &Value, old: &Value, faults: &mut Faults) {
    const MAY_CHANGE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let fixed = |object: &Value| {
        let members = object["spec"].as_object().cloned().unwrap_or_default().into_iter();
        members.filter(|(name, _)| !MAY_CHANGE.contains(&name.as_str())).collect::<Map<_, _>>()
    };
    if fixed(new) != fixed(old) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
                   'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        faults.forbidden(&SPEC, why);
    }
}

pub(super) fn autoscaler(object: &Value, faults: &mut Faults) {
    let (least, most) = (object["spec"]["minReplicas"].as_i64(), object["spec"]["maxReplicas"].as_i64());
    if most.is_none() {
        faults.invalid(&SPEC.child("maxReplicas"), &0.into(), "must be greater than 0");
    } else if least > most {
        faults.invalid(
            &SPEC.child("maxReplicas"),
            &object["spec"]["maxReplicas"],
            "must be greater than or equal to `minReplicas`",
        );
    }
}

pub(super) fn disruption_budget(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    if spec.get("minAvailable").is_some() && spec.get("maxUnavailable").is_some() {
        faults.invalid(&SPEC, spec, "minAvailable and maxUnavailable cannot be both set");
    }
    for field in ["minAvailable", "maxUnavailable"] {
        share(spec.get(field), &SPEC.child(field), faults);
    }
}

/// A selector that is there, selects something, and selects the template.
fn selector(spec: &Value, name: &str, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let path = path.child("selector");
    let Some(value) = spec.get("selector") else { return faults.required(&path, "") };
    match LabelSelector::from_value(value) {
        Err(error) => faults.invalid(&path, value, error.to_string()),
        Ok(selector) if selector.is_everything() => {
            faults.invalid(&path, value, format!("empty selector is invalid for {name}"));
        }
        Ok(selector) => matches(&selector, spec, faults),
    }
}

fn matches(selector: &LabelSelector, spec: &Value, faults: &mut Faults) {
    let Some(template) = spec.get("template") else { return };
    let labels = &template["metadata"]["labels"];
    if !selector.matches_with(|key| labels.get(key).and_then(Value::as_str)) {
        let path: Path<'_> = SPEC;
        let path = path.child("template.metadata.labels");
        faults.invalid(&path, labels, "`selector` does not match template `labels`");
    }
}

/// A template whose pods run for ever.
fn template(spec: &Value, kind: &str, faults: &mut Faults) {
    let Some(pod) = spec.get("template").and_then(|template| template.get("spec")) else { return };
    let path: Path<'_> = SPEC;
    let path = path.child("template.spec");
    pods::spec(pod, &path, faults);
    let policy = text(pod, "restartPolicy");
    if !policy.is_empty() && policy != "Always" {
        faults.unsupported(&path.child("restartPolicy"), policy, &["Always"]);
    }
    if pod.get("activeDeadlineSeconds").is_some() {
        faults.forbidden(&path.child("activeDeadlineSeconds"), format!("activeDeadlineSeconds in {kind} is not Supported"));
    }
}

fn rolling_update(strategy: &Value, path: &Path<'_>, faults: &mut Faults) {
    let parameters = &strategy["rollingUpdate"];
    let field = path.child("rollingUpdate");
    let kind = text(strategy, "type");
    if kind == "Recreate" && !parameters.is_null() {
        return faults.forbidden(&field, "may not be specified when strategy `type` is 'Recreate'");
    }
    let (surge, unavailable) = (parameters.get("maxSurge"), parameters.get("maxUnavailable"));
    share(surge, &field.child("maxSurge"), faults);
    share(unavailable, &field.child("maxUnavailable"), faults);
    let nothing = |value: Option<&Value>| value.is_some_and(|value| value == 0 || value == "0%");
    if nothing(surge) && nothing(unavailable) {
        let zero = unavailable.unwrap_or(&Value::Null);
        faults.invalid(&field.child("maxUnavailable"), zero, "may not be 0 when `maxSurge` is 0");
    }
}

/// A number that is not negative, or a percentage.
fn share(value: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    let Some(value) = value else { return };
    match value {
        Value::String(text) => {
            let digits = text.strip_suffix('%').unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                let why = "a valid percent string must be a numeric string followed by an ending '%' \
                           (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
                faults.invalid(path, value, why);
            }
        }
        number => faults.not_negative(path, Some(number)),
    }
}
