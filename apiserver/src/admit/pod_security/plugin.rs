//! The plug-in.

use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde_json::Value;

use super::PodSecurityConfiguration;
use super::configuration::Exemptions;
use super::evaluate::evaluate;
use super::fault::told;
use super::namespace;
use super::policy::{PREFIX, Policy, Wanted};
use super::significant::is_significant;
use super::template::template;
use crate::admit::fields::text;
use crate::admit::{Admission, Operation, Plugin};
use crate::audit::{Level, annotate, is_noted};

/// Holds pods to the levels that the labels of their namespace ask for (upstream's `PodSecurity`).
pub(in crate::admit) struct PodSecurity {
    exemptions: Exemptions,
    defaults: Policy,
}

impl PodSecurity {
    /// Checks as `configuration` says.
    pub fn new(configuration: PodSecurityConfiguration) -> Self {
        Self { defaults: configuration.policy(), exemptions: configuration.exemptions }
    }

    /// What holds for the request; nothing where it is exempt.
    fn policy(&self, admission: &Admission<'_>, pod: &Value) -> Option<Policy> {
        let runtime_class = text(pod, "/spec/runtimeClassName");
        let namespace = &admission.target.namespace;
        if let Some(reason) = self.exemptions.reason(&admission.user.name, namespace, runtime_class) {
            annotate(&format!("{PREFIX}exempt"), reason);
            return None;
        }
        let namespace = admission.store.get(&Key::new("namespaces", "", namespace.clone()))?;
        Some(Policy::of(|key| namespace.head.label(key), &self.defaults))
    }

    fn pod(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let whole = matches!(&*admission.target.subresource, "" | "ephemeralcontainers");
        if !whole || admission.old.is_some_and(|old| !is_significant(old, admission.object)) {
            return Ok(());
        }
        let Some(policy) = self.policy(admission, admission.object) else { return Ok(()) };
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
    fn workload(&self, admission: &mut Admission<'_>) {
        let Some(template) = template(admission) else { return };
        if let Some(policy) = self.policy(admission, template) {
            note(&policy, template);
            let violated = violated(&policy.warn, template);
            admission.warnings.extend(violated.map(|violated| format!("would violate PodSecurity {violated}")));
        }
    }
}

impl Plugin for PodSecurity {
    fn name(&self) -> &'static str {
        "PodSecurity"
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !matches!(admission.operation, Operation::Create | Operation::Update) {
            return Ok(());
        }
        if admission.is("", "namespaces") {
            let whole = admission.target.subresource.is_empty();
            return if whole { namespace::admit(admission, &self.defaults, &self.exemptions) } else { Ok(()) };
        }
        if admission.is("", "pods") {
            return self.pod(admission);
        }
        if admission.target.subresource.is_empty() {
            self.workload(admission);
        }
        Ok(())
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
    let faults = evaluate(wanted, &pod["metadata"], &pod["spec"]);
    (!faults.is_empty()).then(|| format!("\"{wanted}\": {}", told(&faults)))
}
