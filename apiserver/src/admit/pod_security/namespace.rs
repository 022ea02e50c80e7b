//! Changes of a namespace's labels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kontiki_api::kind::{FieldError, FieldErrorType};
use kontiki_api::object::Object;
use kontiki_api::status::Status;
use kontiki_store::Range;
use serde_json::Value;

use super::configuration::Exemptions;
use super::evaluate::evaluate;
use super::policy::{Level, Policy, Wanted, faults};
use crate::admit::Admission;
use crate::admit::fields::text;

/// Most existing pods that are looked at.
const PODS: usize = 3000;
/// How long they are looked at.
const PATIENCE: Duration = Duration::from_secs(1);

/// Refuses labels that say nothing, and warns of pods that would be refused under what is enforced from now on.
///
/// # Errors
/// 422 naming every label that says nothing, where that is new.
pub(super) fn admit(admission: &mut Admission<'_>, defaults: &Policy, exemptions: &Exemptions) -> Result<(), Status> {
    let (now, before) = (labels(admission.object), admission.old.map(labels).unwrap_or_default());
    let (label, old_label) = (|key: &str| now.get(key).map(String::as_str), |key: &str| before.get(key).map(String::as_str));
    let wrong = faults(label);
    if !wrong.is_empty() && (admission.old.is_none() || wrong != faults(old_label)) {
        return Err(Status::invalid(admission.kind, admission.name(), &wrong.into_iter().map(invalid).collect::<Vec<_>>()));
    }
    let policy = Policy::of(label, defaults);
    let judged = admission.old.is_some() && is_to_be_judged(&policy.enforce, &Policy::of(old_label, defaults).enforce);
    let exempt = exemptions.has_namespace(admission.name());
    if exempt && (judged || admission.old.is_none()) && !policy.is_privileged() && policy != *defaults {
        admission.warnings.push(format!(
            "namespace {:?} is exempt from Pod Security, and the policy ({}) will be ignored",
            admission.name(),
            policy.asked(label)
        ));
    }
    if judged && !exempt {
        let warnings = existing(admission, &policy.enforce, exemptions);
        admission.warnings.extend(warnings);
    }
    Ok(())
}

/// Whether pods that met `old` may not meet `new`. Another version may ask for more at a lower level too.
fn is_to_be_judged(new: &Wanted, old: &Wanted) -> bool {
    new.level > Level::Privileged && (new.version != old.version || new.level > old.level)
}

fn invalid((key, value, why): (String, String, &'static str)) -> FieldError {
    FieldError {
        r#type: FieldErrorType::Invalid,
        field: format!("metadata.labels[{key}]"),
        value: format!("{value:?}"),
        detail: why.into(),
    }
}

fn labels(object: &Value) -> BTreeMap<String, String> {
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// One line for all pods that violate alike.
fn existing(admission: &Admission<'_>, wanted: &Wanted, exemptions: &Exemptions) -> Vec<String> {
    let namespace = admission.name().to_owned();
    let pods = in_order(admission.store.list(&Range::Namespace("pods".into(), namespace.as_str().into())).objects);
    let (begun, mut seen) = (Instant::now(), 0);
    let mut alike: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for object in pods.iter().take(PODS) {
        if begun.elapsed() > PATIENCE {
            break;
        }
        seen += 1;
        let pod = object.to_value();
        if exemptions.has_runtime_class(text(&pod, "/spec/runtimeClassName")) {
            continue;
        }
        let reasons: Vec<&str> = evaluate(wanted, &pod["metadata"], &pod["spec"]).iter().map(|fault| fault.reason).collect();
        if !reasons.is_empty() {
            alike.entry(reasons.join(", ")).or_default().insert(&object.key.name);
        }
    }
    let mut told = Vec::new();
    if pods.len() > seen {
        let all = pods.len();
        told.push(format!("new PodSecurity enforce level only checked against the first {seen} of {all} existing pods"));
    }
    if !alike.is_empty() {
        told.push(format!("existing pods in namespace {namespace:?} violate the new PodSecurity enforce level \"{wanted}\""));
    }
    let mut lines: Vec<String> = alike.iter().map(|(reasons, pods)| format!("{}: {reasons}", several(pods))).collect();
    lines.sort();
    told.extend(lines);
    told
}

/// Those first of which none before is of the same controller.
fn in_order(pods: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
    let mut seen = BTreeSet::new();
    let is_first = |pod: &Arc<Object>| pod.head.controller().is_none_or(|owner| seen.insert(owner.uid.clone()));
    let (mut first, further): (Vec<_>, Vec<_>) = pods.into_iter().partition(is_first);
    first.extend(further);
    first
}

/// The first of `pods` by name, and how many others there are.
fn several(pods: &BTreeSet<&str>) -> String {
    let first = pods.first().copied().unwrap_or_default();
    match pods.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first} (and 1 other pod)"),
        count => format!("{first} (and {} other pods)", count - 1),
    }
}
