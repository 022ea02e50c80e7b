//! Expressions that do not compile are refused with the object that holds them.

use kontiki_api::kind::FieldError;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::definition::Definition;
use crate::admit::fields::items;
use crate::admit::{Admission, Operation};

/// Refuses a policy or a webhook configuration whose expressions do not compile.
///
/// # Errors
/// 422 with every fault.
pub(super) fn refuse_faulty(admission: &Admission<'_>) -> Result<(), Status> {
    let written = matches!(admission.operation, Operation::Create | Operation::Update) && admission.target.subresource.is_empty();
    if !written || &*admission.kind.group != "admissionregistration.k8s.io" {
        return Ok(());
    }
    let faults = match &*admission.kind.plural {
        "validatingadmissionpolicies" | "mutatingadmissionpolicies" => Definition::read(admission.object).faults(),
        "validatingwebhookconfigurations" | "mutatingwebhookconfigurations" => of_webhooks(admission.object),
        _ => Vec::new(),
    };
    if faults.is_empty() { Ok(()) } else { Err(Status::invalid(admission.kind, admission.name(), &faults)) }
}

fn of_webhooks(configuration: &Value) -> Vec<FieldError> {
    let mut faults = Vec::new();
    for (at, hook) in items(configuration, "/webhooks").iter().enumerate() {
        let own = Definition::of_conditions(items(hook, "/matchConditions")).faults().into_iter();
        faults
            .extend(own.map(|fault| FieldError { field: fault.field.replacen("spec", &format!("webhooks[{at}]"), 1), ..fault }));
    }
    faults
}

impl Definition {
    /// A policy that consists of `matchConditions` alone, as webhooks have them.
    pub fn of_conditions(conditions: &[Value]) -> Self {
        Self::read(&json!({"spec": {"matchConditions": conditions}}))
    }
}
