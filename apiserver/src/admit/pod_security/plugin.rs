//! The plug-in.

use async_trait::async_trait;
use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde_json::Value;

use super::evaluate::evaluate;
use super::fault::told;
use super::namespace;
use super::policy::{PREFIX, Policy, Wanted};
use super::template::template;
use crate::admit::{Admission, Operation, Plugin};
use crate::audit::{Level, annotate, is_noted};

/// Holds pods to the levels that the labels of their namespace ask for (upstream's `PodSecurity`).
pub(in crate::admit) struct PodSecurity;

#[async_trait]
impl Plugin for PodSecurity {
    fn name(&self) -> &'static str {
        "PodSecurity"
    }

    async fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !matches!(admission.operation, Operation::Create | Operation::Update) {
            return Ok(());
        }
        if admission.is("", "namespaces") {
            return if admission.target.subresource.is_empty() { namespace::admit(admission) } else { Ok(()) };
        }
        if admission.is("", "pods") {
            return pod(admission);
        }
        if admission.target.subresource.is_empty() {
            workload(admission);
        }
        Ok(())
    }
}

fn policy(admission: &Admission<'_>) -> Option<Policy> {
    let namespace = admission.store.get(&Key::new("namespaces", "", admission.target.namespace.clone()))?;
    Some(Policy::of(|key| namespace.head.label(key)))
}

fn pod(admission: &mut Admission<'_>) -> Result<(), Status> {
    let whole = matches!(&*admission.target.subresource, "" | "ephemeralcontainers");
    if !whole || !is_significant(admission) {
        return Ok(());
    }
    let Some(policy) = policy(admission) else { return Ok(()) };
    annotate(&format!("{PREFIX}enforce-policy"), policy.enforce.to_string());
    note(&policy, admission.object);
    if let Some(violated) = violated(&policy.enforce, admission.object) {
        return Err(admission.forbidden(&format!("violates PodSecurity {violated}")));
    }
    let warned = violated(&policy.warn, admission.object);
    admission.warnings.extend(warned.map(|violated| format!("would violate PodSecurity {violated}")));
    Ok(())
}

/// Those who write what makes pods are told early what those pods will meet.
fn workload(admission: &mut Admission<'_>) {
    if let (Some(policy), Some(template)) = (policy(admission), template(admission)) {
        note(&policy, template);
        let violated = violated(&policy.warn, template);
        admission.warnings.extend(violated.map(|violated| format!("would violate PodSecurity {violated}")));
    }
}

/// Tells the audit what `pod` does not meet.
fn note(policy: &Policy, pod: &Value) {
    if is_noted(Level::Metadata)
        && let Some(violated) = violated(&policy.audit, pod)
    {
        annotate(&format!("{PREFIX}audit-violations"), format!("would violate PodSecurity {violated}"));
    }
}

/// `"restricted:latest": …`; `None` where `pod` meets `wanted`.
fn violated(wanted: &Wanted, pod: &Value) -> Option<String> {
    let faults = evaluate(wanted.level, &pod["metadata"], &pod["spec"]);
    (!faults.is_empty()).then(|| format!("\"{wanted}\": {}", told(&faults)))
}

/// Of a pod that exists, only other images, containers and profiles can meet a level less than before.
fn is_significant(admission: &Admission<'_>) -> bool {
    let Some(old) = admission.old else { return true };
    let differs = |pointer: &str| old.pointer(pointer) != admission.object.pointer(pointer);
    ["/spec/containers", "/spec/initContainers", "/spec/ephemeralContainers", "/metadata/annotations"].into_iter().any(differs)
}
