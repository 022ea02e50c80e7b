//! Resolves priority classes.

use kontiki_api::meta::{Key, Resource};
use kontiki_api::object::Object;
use kontiki_api::place;
use kontiki_api::status::Status;
use kontiki_api::view::{PriorityClass, View};
use kontiki_store::{Range, Store};
use serde_json::{Value, json};

use super::fields::{spec, text};
use super::{Admission, Operation, Plugin};

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
            Some((_, class)) => (class.value, &*class.preemption_policy),
            None => (0, PREEMPT),
        };
        let policy = if policy.is_empty() { PREEMPT } else { policy };
        refuse_others(admission, value, policy)?;
        if let Some(spec) = spec(admission.object) {
            if let Some((key, _)) = &class {
                spec.insert("priorityClassName".into(), (&*key.name).into());
            }
            spec.insert("priority".into(), json!(value));
            spec.insert("preemptionPolicy".into(), policy.into());
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let writes = matches!(admission.operation, Operation::Create | Operation::Update);
        let claims = admission.object.get("globalDefault").and_then(Value::as_bool).unwrap_or_default();
        if !writes || !admission.is("scheduling.k8s.io", "priorityclasses") || !claims {
            return Ok(());
        }
        let other = defaults(admission.store).find(|(key, _)| *key.name != *admission.name());
        other.map_or(Ok(()), |(Key { name, .. }, _)| {
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
fn class_of(admission: &Admission<'_>) -> Result<Option<(Key, PriorityClass)>, Status> {
    let name = text(admission.object, "/spec/priorityClassName");
    if name.is_empty() {
        return Ok(defaults(admission.store).next());
    }
    let class = admission.store.get(&Key::new(PriorityClass::RESOURCE, "", name)).as_deref().and_then(read);
    class.map(Some).ok_or_else(|| admission.forbidden(&format!("no PriorityClass with name {name} was found")))
}

/// What the pod says itself must be what its class says.
fn refuse_others(admission: &Admission<'_>, value: i32, policy: &str) -> Result<(), Status> {
    let own = place(admission.object, "/spec/priority").and_then(Value::as_i64);
    if let Some(own) = own.filter(|own| *own != i64::from(value)) {
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

/// The classes of pods that name none, by name.
fn defaults(store: &dyn Store) -> impl Iterator<Item = (Key, PriorityClass)> {
    let classes = store.list(&Range::Resource(Resource::from(PriorityClass::RESOURCE))).objects;
    classes.into_iter().filter_map(|class| read(&class)).filter(|(_, class)| class.global_default)
}

fn read(class: &Object) -> Option<(Key, PriorityClass)> {
    Some((class.key.clone(), serde_json::from_slice(&class.value.whole()).ok()?))
}
