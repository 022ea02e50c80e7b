//! Resolves priority classes.

use kontiki_api::meta::{Key, Resource};
use kontiki_api::status::Status;
use kontiki_store::{Range, Store};
use serde_json::{Value, json};

use super::fields::{spec, text};
use super::{Admission, Operation, Plugin};

const CLASSES: &str = "priorityclasses.scheduling.k8s.io";
const PREEMPT: &str = "PreemptLowerPriority";

/// Fills in a pod's priority and preemption policy from its class, and keeps the default class unique.
pub(super) struct Priority;

impl Plugin for Priority {
    fn name(&self) -> &'static str {
        "Priority"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "pods"), ("scheduling.k8s.io", "priorityclasses")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        keep(admission);
        if !admission.creates("", "pods") {
            return Ok(());
        }
        let class = class_of(admission)?;
        let (value, policy) = match &class {
            Some(class) => (class.get("value").and_then(Value::as_i64).unwrap_or_default(), text(class, "/preemptionPolicy")),
            None => (0, PREEMPT),
        };
        let policy = if policy.is_empty() { PREEMPT } else { policy };
        refuse_others(admission, value, policy)?;
        if let Some(spec) = spec(admission.object) {
            if let Some(class) = &class {
                spec.insert("priorityClassName".into(), text(class, "/metadata/name").into());
            }
            spec.insert("priority".into(), json!(value));
            spec.insert("preemptionPolicy".into(), policy.into());
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let writes = matches!(admission.operation, Operation::Create | Operation::Update);
        if !writes || !admission.is("scheduling.k8s.io", "priorityclasses") || !is_default(admission.object) {
            return Ok(());
        }
        let other = classes(admission.store).find(|class| is_default(class) && text(class, "/metadata/name") != admission.name());
        other.map_or(Ok(()), |other| {
            let name = text(&other, "/metadata/name");
            let why = format!("PriorityClass {name} is already marked as default. Only one default can exist");
            Err(admission.forbidden(&why))
        })
    }
}

/// An update that leaves priority and preemption policy out leaves them as they are.
fn keep(admission: &mut Admission<'_>) {
    let updates = admission.operation == Operation::Update && admission.is("", "pods") && admission.target.subresource.is_empty();
    let Some(old) = admission.old.filter(|_| updates) else { return };
    let Some(spec) = spec(admission.object) else { return };
    for field in ["priority", "preemptionPolicy"] {
        let before = old.get("spec").and_then(|spec| spec.get(field)).filter(|before| !before.is_null());
        if let Some(before) = before.filter(|_| spec.get(field).is_none_or(Value::is_null)) {
            spec.insert(field.into(), before.clone());
        }
    }
}

/// The class the pod names, or the default one.
fn class_of(admission: &Admission<'_>) -> Result<Option<Value>, Status> {
    let name = text(admission.object, "/spec/priorityClassName");
    if name.is_empty() {
        return Ok(classes(admission.store).find(is_default));
    }
    let class = admission.store.get(&Key::new(CLASSES, "", name));
    class
        .map(|class| Some(class.to_value()))
        .ok_or_else(|| admission.forbidden(&format!("no PriorityClass with name {name} was found")))
}

/// What the pod says itself must be what its class says.
fn refuse_others(admission: &Admission<'_>, value: i64, policy: &str) -> Result<(), Status> {
    let own = admission.object.pointer("/spec/priority").and_then(Value::as_i64);
    if let Some(own) = own.filter(|own| *own != value) {
        return Err(admission.forbidden(&format!(
            "the integer value of priority ({own}) must not be provided in pod spec; priority admission controller computed \
             {value} from the given PriorityClass name"
        )));
    }
    match text(admission.object, "/spec/preemptionPolicy") {
        "" => Ok(()),
        own if own == policy => Ok(()),
        own => Err(admission.forbidden(&format!(
            "the string value of PreemptionPolicy ({own}) must not be provided in pod spec; priority admission controller \
             computed {policy} from the given PriorityClass name"
        ))),
    }
}

fn classes(store: &dyn Store) -> impl Iterator<Item = Value> {
    store.list(&Range::Resource(Resource::from(CLASSES))).objects.into_iter().map(|class| class.to_value())
}

fn is_default(class: &Value) -> bool {
    class.get("globalDefault").and_then(Value::as_bool).unwrap_or_default()
}
