//! Controllers of pods that run for ever.

use serde_json::{Map, Value, json};

use super::{SPEC, list, number, text, walk};
use crate::kind::validate::{Faults, Path};
use crate::selector::LabelSelector;

const UNMATCHED: &str = "`selector` does not match template `labels`";

pub(super) fn replication_controller(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let selector = spec.get("selector").and_then(Value::as_object).filter(|labels| !labels.is_empty());
    match selector {
        None => faults.required(&SPEC.child("selector"), ""),
        Some(labels) if spec.get("template").is_some() => matches(&LabelSelector::from_map(labels), spec, faults),
        Some(_) => {}
    }
    template(spec, "ReplicationController", faults);
}

pub(super) fn deployment(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    selector(spec, "deployment", faults);
    template(spec, "Deployment", faults);
    let path: Path<'_> = SPEC;
    rolling_update(&spec["strategy"], &path.child("strategy"), faults);
    let deadline = spec.get("progressDeadlineSeconds").and_then(Value::as_i64);
    if deadline.is_some_and(|deadline| deadline <= number(spec, "minReadySeconds")) {
        faults.invalid(
            &path.child("progressDeadlineSeconds"),
            &spec["progressDeadlineSeconds"],
            "must be greater than minReadySeconds",
        );
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
    const STRATEGIES: [&str; 2] = ["RollingUpdate", "OnDelete"];
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    let policy = text(spec, "podManagementPolicy");
    if !matches!(policy, "" | "OrderedReady" | "Parallel") {
        faults.invalid_text(&path.child("podManagementPolicy"), policy, "must be 'OrderedReady' or 'Parallel'");
    }
    let (strategy, field) = (&spec["updateStrategy"], path.child("updateStrategy"));
    match text(strategy, "type") {
        "OnDelete" if strategy.get("rollingUpdate").is_some() => {
            let why = "only allowed for updateStrategy 'RollingUpdate'";
            faults.invalid(&field.child("rollingUpdate"), &strategy["rollingUpdate"], why);
        }
        kind if !kind.is_empty() && !STRATEGIES.contains(&kind) => {
            faults.invalid(&field, strategy, "must be 'RollingUpdate' or 'OnDelete'");
        }
        _ => {}
    }
    if let Some(most) = strategy["rollingUpdate"].get("maxUnavailable") {
        let rolling = field.child("rollingUpdate");
        share(Some(most), &rolling.child("maxUnavailable"), faults);
        if is_nothing(most) {
            faults.invalid(&rolling.child("maxUnavailable"), most, "cannot be 0");
        }
        at_most_all(Some(most), &rolling.child("maxUnavailable"), faults);
    }
    selector(spec, "statefulset", faults);
    template_of_stateful_set(spec, &path.child("template"), faults);
    template(spec, "StatefulSet", faults);
}

/// The claims of a stateful set are volumes of its pods.
fn template_of_stateful_set(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let mut template = spec.get("template").cloned().unwrap_or_else(|| json!({}));
    if template.get("spec").is_some_and(Value::is_object) && !list(spec, "volumeClaimTemplates").is_empty() {
        let mut volumes = list(&template["spec"], "volumes").to_vec();
        for claim in list(spec, "volumeClaimTemplates") {
            let name = text(&claim["metadata"], "name");
            volumes.retain(|volume| text(volume, "name") != name);
            volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": name}}));
        }
        template["spec"]["volumes"] = Value::Array(volumes);
    }
    walk::part(&template, "core.v1.PodTemplateSpec", path, faults);
}

/// Claims are made of the templates of a new stateful set as they are; those of one that is there never change.
pub(super) fn stateful_set_create(object: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let templates = path.child("volumeClaimTemplates");
    for (at, claim) in list(&object["spec"], "volumeClaimTemplates").iter().enumerate() {
        walk::part(&claim["spec"], "core.v1.PersistentVolumeClaimSpec", &templates.index(at).child("spec"), faults);
    }
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

/// A selector that is there, selects something, and selects the template.
fn selector(spec: &Value, name: &str, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let path = path.child("selector");
    // Upstream asks for the selector of a daemon set by what it does not match.
    let lenient = name == "daemonset";
    let Some(value) = spec.get("selector") else {
        if lenient {
            return faults.invalid(&SPEC.child("template.metadata.labels"), &spec["template"]["metadata"]["labels"], UNMATCHED);
        }
        return faults.required(&path, "");
    };
    match LabelSelector::from_value(value) {
        Err(_) if lenient => {}
        Err(_) => {
            let why = if name == "statefulset" { "" } else { "invalid label selector" };
            faults.invalid(&path, value, why);
        }
        Ok(selector) if selector.is_everything() => {
            faults.invalid(&path, value, format!("empty selector is invalid for {name}"));
        }
        Ok(selector) => matches(&selector, spec, faults),
    }
}

fn matches(selector: &LabelSelector, spec: &Value, faults: &mut Faults) {
    let labels = &spec["template"]["metadata"]["labels"];
    if !selector.matches_with(|key| labels.get(key).and_then(Value::as_str)) {
        let path: Path<'_> = SPEC;
        faults.invalid(&path.child("template.metadata.labels"), labels, UNMATCHED);
    }
}

/// A template whose pods run for ever.
fn template(spec: &Value, kind: &str, faults: &mut Faults) {
    let Some(pod) = spec.get("template").and_then(|template| template.get("spec")) else { return };
    let path: Path<'_> = SPEC;
    let path = path.child("template.spec");
    let policy = text(pod, "restartPolicy");
    if !policy.is_empty() && policy != "Always" {
        faults.unsupported(&path.child("restartPolicy"), policy, &["Always"]);
    }
    if pod.get("activeDeadlineSeconds").is_some() {
        faults.forbidden(&path.child("activeDeadlineSeconds"), format!("activeDeadlineSeconds in {kind} is not Supported"));
    }
}

fn rolling_update(strategy: &Value, path: &Path<'_>, faults: &mut Faults) {
    let Some(parameters) = strategy.get("rollingUpdate") else { return };
    let field = path.child("rollingUpdate");
    match text(strategy, "type") {
        "Recreate" => return faults.forbidden(&field, "may not be specified when strategy `type` is 'Recreate'"),
        "OnDelete" => return,
        _ => {}
    }
    let (surge, unavailable) = (parameters.get("maxSurge"), parameters.get("maxUnavailable"));
    share(unavailable, &field.child("maxUnavailable"), faults);
    share(surge, &field.child("maxSurge"), faults);
    let of_nodes = path.to_string().ends_with("updateStrategy");
    match (unavailable, surge) {
        (Some(unavailable), Some(surge)) if of_nodes => match (is_nothing(unavailable), is_nothing(surge)) {
            (true, true) => faults.required(&field.child("maxUnavailable"), "cannot be 0 when maxSurge is 0"),
            (false, false) => faults.invalid(&field.child("maxSurge"), surge, "may not be set when maxUnavailable is non-zero"),
            _ => {}
        },
        (Some(unavailable), Some(surge)) if is_nothing(unavailable) && is_nothing(surge) => {
            faults.invalid(&field.child("maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0");
        }
        _ => {}
    }
    at_most_all(unavailable, &field.child("maxUnavailable"), faults);
    at_most_all(surge.filter(|_| of_nodes), &field.child("maxSurge"), faults);
}

fn at_most_all(value: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    if let Some(much) = value.filter(|value| percent(value).is_some_and(|percent| percent > 100)) {
        faults.invalid(path, much, "must not be greater than 100%");
    }
}

fn is_nothing(value: &Value) -> bool {
    *value == 0 || percent(value) == Some(0)
}

fn percent(value: &Value) -> Option<i64> {
    value.as_str()?.strip_suffix('%')?.parse().ok()
}

/// A number that is not negative, or a percentage.
pub(super) fn share(value: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
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

pub(super) fn disruption_budget(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    if spec.get("minAvailable").is_some() && spec.get("maxUnavailable").is_some() {
        faults.invalid(&SPEC, spec, "minAvailable and maxUnavailable cannot be both set");
    }
    let path: Path<'_> = SPEC;
    for field in ["minAvailable", "maxUnavailable"] {
        share(spec.get(field), &path.child(field), faults);
        at_most_all(spec.get(field), &path.child(field), faults);
    }
}

/// A controller's revision holds data, counted from nothing.
pub(super) fn controller_revision(object: &Value, faults: &mut Faults) {
    if object.get("data").is_none_or(Value::is_null) {
        faults.required(&Path::new("data"), "data is mandatory");
    }
}
