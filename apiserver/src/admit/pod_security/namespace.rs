//! Changes of a namespace's labels.

use std::collections::BTreeMap;

use kontiki_api::kind::{FieldError, FieldErrorType};
use kontiki_api::status::Status;
use kontiki_store::Range;
use serde_json::Value;

use super::evaluate::evaluate;
use super::policy::{Level, Policy, Wanted, faults};
use crate::admit::Admission;
use crate::admit::fields::text;

/// Most existing pods that are looked at.
const PODS: usize = 3000;

/// Refuses labels that say nothing, and warns of pods that would be refused under a level that is enforced from now on.
pub(super) fn admit(admission: &mut Admission<'_>) -> Result<(), Status> {
    let label = |object: &Value, key: &str| {
        object.pointer("/metadata/labels").and_then(|labels| labels.get(key)?.as_str().map(String::from))
    };
    let now = labels(admission.object);
    let wrong = faults(|key| now.get(key).map(String::as_str));
    let before = admission.old.map(labels).unwrap_or_default();
    let fresh: Vec<FieldError> = wrong
        .into_iter()
        .filter(|(key, value, _)| admission.old.is_none_or(|old| label(old, key).as_ref() != Some(value)))
        .map(|(key, value, why)| FieldError {
            r#type: FieldErrorType::Invalid,
            field: format!("metadata.labels[{key}]"),
            value: format!("{value:?}"),
            detail: why.into(),
        })
        .collect();
    if !fresh.is_empty() {
        return Err(Status::invalid(admission.kind, admission.name(), &fresh));
    }
    let (new, old) = (Policy::of(|key| now.get(key).map(String::as_str)), Policy::of(|key| before.get(key).map(String::as_str)));
    let tightened = new.enforce != old.enforce && new.enforce.level > Level::Privileged;
    if admission.old.is_some() && tightened && new.enforce.level >= old.enforce.level {
        let warnings = existing(admission, &new.enforce);
        admission.warnings.extend(warnings);
    }
    Ok(())
}

fn labels(object: &Value) -> BTreeMap<String, String> {
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// One line for all pods that violate alike.
fn existing(admission: &Admission<'_>, wanted: &Wanted) -> Vec<String> {
    let namespace = admission.name().to_owned();
    let pods = admission.store.list(&Range::Namespace("pods".into(), namespace.as_str().into())).objects;
    let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in pods.iter().take(PODS) {
        let value = pod.to_value();
        let reasons: Vec<&str> = evaluate(wanted, &value["metadata"], &value["spec"]).iter().map(|fault| fault.reason).collect();
        if !reasons.is_empty() {
            alike.entry(reasons.join(", ")).or_default().push(text(&value, "/metadata/name").to_owned());
        }
    }
    if alike.is_empty() {
        return Vec::new();
    }
    let mut lines: Vec<String> = alike.into_iter().map(|(reasons, pods)| format!("{}: {reasons}", several(&pods))).collect();
    lines.sort();
    lines.insert(0, format!("existing pods in namespace {namespace:?} violate the new PodSecurity enforce level \"{wanted}\""));
    lines
}

fn several(pods: &[String]) -> String {
    match pods {
        [one] => one.clone(),
        [first, _] => format!("{first} (and 1 other pod)"),
        [first, others @ ..] => format!("{first} (and {} other pods)", others.len()),
        [] => String::new(),
    }
}
