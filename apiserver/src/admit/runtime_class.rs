//! What a pod's runtime class adds to it.

use kontiki_api::kind::validate::Distinct;
use kontiki_api::meta::Key;
use kontiki_api::place;
use kontiki_api::status::Status;
use serde_json::{Map, Value};

use super::fields::{items, list, spec, text};
use super::{Admission, Plugin};

/// Copies overhead, node selector and tolerations of the class into the pod.
pub(super) struct RuntimeClass;

impl Plugin for RuntimeClass {
    fn name(&self) -> &'static str {
        "RuntimeClass"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "pods")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let name = text(admission.object, "/spec/runtimeClassName");
        if !admission.creates("", "pods") {
            return Ok(());
        }
        let own = place(admission.object, "/spec/overhead").filter(|own| own.as_object().is_some_and(|map| !map.is_empty()));
        if name.is_empty() {
            let refused = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
            return own.map_or(Ok(()), |_| Err(admission.forbidden(refused)));
        }
        let Some(class) = admission.store.get(&Key::new("runtimeclasses.node.k8s.io", "", name)) else {
            return Err(admission.forbidden(&format!("pod rejected: RuntimeClass {name:?} not found")));
        };
        let class = class.to_value();
        if own.is_some() && place(&class, "/overhead/podFixed").is_none() {
            return Err(admission.forbidden("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"));
        }
        if own.is_some_and(|own| place(&class, "/overhead/podFixed") != Some(own)) {
            return Err(admission.forbidden("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"));
        }
        if let Some(refused) = conflict(admission.object, &class) {
            return Err(admission.forbidden(&refused));
        }
        if let Some(spec) = spec(admission.object) {
            take_over(spec, &class);
        }
        Ok(())
    }
}

/// A label that pod and class select differently.
fn conflict(pod: &Value, class: &Value) -> Option<String> {
    let own = place(pod, "/spec/nodeSelector")?.as_object()?;
    let theirs = place(class, "/scheduling/nodeSelector")?.as_object()?;
    let (label, _) = theirs.iter().find(|(label, value)| own.get(*label).is_some_and(|own| own != *value))?;
    Some(format!("conflict: runtimeClass.scheduling.nodeSelector[{label}] and pod.spec.nodeSelector[{label}] differ"))
}

fn take_over(spec: &mut Map<String, Value>, class: &Value) {
    if let Some(overhead) = place(class, "/overhead/podFixed") {
        spec.insert("overhead".into(), overhead.clone());
    }
    if let Some(Value::Object(theirs)) = place(class, "/scheduling/nodeSelector") {
        let own = spec.entry("nodeSelector").or_insert_with(|| Value::Object(Map::new()));
        if let Some(own) = own.as_object_mut() {
            own.extend(theirs.clone());
        }
    }
    let theirs = items(class, "/scheduling/tolerations");
    if let (false, Some(own)) = (theirs.is_empty(), list(spec, "tolerations")) {
        let known: Distinct<&Value> = own.iter().collect();
        let missing: Vec<Value> = theirs.iter().filter(|toleration| !known.has(toleration)).cloned().collect();
        drop(known);
        own.extend(missing);
    }
}
