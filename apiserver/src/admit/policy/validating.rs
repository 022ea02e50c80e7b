//! ValidatingAdmissionPolicy: refuses, warns, or notes for the audit.

use std::sync::Arc;
use std::time::Instant;

use kontiki_api::status::{Reason, Status, StatusCause};
use kontiki_cel::Budget;

use super::authorizer::Requester;
use super::condition::{Facts, applies};
use super::definition::{Definition, Validation};
use super::faulty::refuse_faulty;
use super::notes::Notes;
use super::params::params;
use super::policies::{Binding, Policies};
use super::scope::Scope;
use super::type_checking::checked_status;
use crate::admit::{Admission, Operation, Plugin};
use crate::authorize::Authorize;
use crate::metrics::{Checked, Metrics, PolicyFigures};

/// Longest text that a message expression may give, in bytes.
const MAX_MESSAGE: usize = 5 * 1024;

/// The plug-in.
pub(in crate::admit) struct ValidatingPolicies {
    policies: Policies,
    authorizer: Arc<dyn Authorize>,
    figures: PolicyFigures,
}

/// What a policy found.
struct Finding {
    message: String,
    reason: Reason,
    /// The place of the validation among those of its policy.
    index: usize,
    /// Whether the policy could not be evaluated.
    failed: bool,
}

impl Finding {
    /// A fault of the policy itself.
    const fn new(message: String) -> Self {
        Self { message, reason: Reason::Invalid, index: 0, failed: true }
    }
}

impl ValidatingPolicies {
    /// Expressions ask `authorizer`.
    pub fn new(authorizer: Arc<dyn Authorize>) -> Self {
        let policies = Policies::new("validatingadmissionpolicies", "validatingadmissionpolicybindings");
        Self { policies, authorizer, figures: PolicyFigures::default() }
    }

    /// What all policies find; what they have to say to the audit goes to `notes`.
    fn all_findings(&self, admission: &Admission<'_>, notes: &mut Notes) -> Vec<(Arc<Definition>, Arc<Binding>, Finding)> {
        let mut active = self.policies.active(admission.store);
        active.retain(|(policy, _)| policy.constraints.selects(admission));
        if active.is_empty() {
            return Vec::new();
        }
        let facts = Facts::gather(admission);
        let mut found = Vec::new();
        for (policy, bindings) in &active {
            for binding in bindings.iter().filter(|binding| binding.constraints.narrows(admission)) {
                let begun = Instant::now();
                let findings = self.findings(policy, binding, admission, &facts, notes);
                self.count(policy, binding, &findings, begun);
                found.extend(findings.into_iter().map(|finding| (Arc::clone(policy), Arc::clone(binding), finding)));
            }
        }
        found
    }

    /// Counts what `policy` said under `binding` since `begun`, once per consequence.
    fn count(&self, policy: &Definition, binding: &Binding, findings: &[Finding], begun: Instant) {
        let took = begun.elapsed();
        let checked = |failed, action| {
            self.figures.checked(Checked { policy: &policy.name, binding: &binding.name, failed, action }, took);
        };
        if findings.is_empty() {
            checked(false, "allow");
        }
        for finding in findings {
            let actions = [("Deny", "deny"), ("Warn", "warn"), ("Audit", "audit")].into_iter();
            actions.filter(|(action, _)| binding.acts(action)).for_each(|(_, action)| checked(finding.failed, action));
        }
    }

    /// What `policy` finds under `binding`.
    fn findings(
        &self,
        policy: &Definition,
        binding: &Binding,
        admission: &Admission<'_>,
        facts: &Facts,
        notes: &mut Notes,
    ) -> Vec<Finding> {
        let authorizer = Requester { authorizer: &self.authorizer, user: admission.user };
        let params = match params(policy, binding, admission) {
            Ok(params) => params,
            Err(fault) => return fault_of(policy, fault),
        };
        let mut findings = Vec::new();
        for param in &params {
            let bindings = facts.bindings(admission.object, admission.old, &authorizer, param.as_ref());
            match applies(policy, bindings.clone()) {
                Ok(true) => findings.extend(validate(policy, &Scope::new(policy, bindings, &Budget::per_object()), notes)),
                Ok(false) => {}
                Err(fault) => findings.extend(fault_of(policy, fault)),
            }
        }
        findings
    }
}

/// A fault counts as a finding, unless the policy lets it pass.
fn fault_of(policy: &Definition, fault: String) -> Vec<Finding> {
    if policy.fails { vec![Finding::new(fault)] } else { Vec::new() }
}

fn validate<'a>(policy: &'a Definition, scope: &Scope<'a>, notes: &mut Notes) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, validation) in policy.validations.iter().enumerate() {
        match scope.evaluate(&validation.expression) {
            Ok(value) if value.as_bool() == Some(true) => {}
            Ok(_) => {
                let (message, reason) = (message(validation, scope), reason(&validation.reason));
                findings.push(Finding { message, reason, index, failed: false });
            }
            Err(fault) => findings.extend(fault_of(policy, fault).into_iter().map(|finding| Finding { index, ..finding })),
        }
    }
    for (key, annotation) in &policy.annotations {
        match scope.evaluate(annotation) {
            Ok(value) => notes.add(&policy.name, key, value.as_str().unwrap_or_default()),
            Err(fault) => findings.extend(fault_of(policy, fault)),
        }
    }
    findings
}

/// The text of the message expression, where that gives one line; else the message; else the expression.
fn message<'a>(validation: &'a Validation, scope: &Scope<'a>) -> String {
    let made = validation.message_expression.as_ref().and_then(|expression| scope.evaluate(expression).ok());
    let made = made.as_ref().and_then(|value| value.as_str()).map(str::trim);
    if let Some(made) = made.filter(|made| !made.is_empty() && made.len() <= MAX_MESSAGE && !made.contains('\n')) {
        return made.into();
    }
    if validation.message.is_empty() {
        format!("failed expression: {}", validation.expression.source)
    } else {
        validation.message.trim().into()
    }
}

fn reason(name: &str) -> Reason {
    match name {
        "Unauthorized" => Reason::Unauthorized,
        "Forbidden" => Reason::Forbidden,
        "RequestEntityTooLarge" => Reason::RequestEntityTooLarge,
        _ => Reason::Invalid,
    }
}

/// Whether policies are kept from this kind, so that none can lock everybody out.
pub(super) fn is_exempt(admission: &Admission<'_>) -> bool {
    let plural = &*admission.kind.plural;
    &*admission.kind.group == "admissionregistration.k8s.io"
        && matches!(
            plural,
            "validatingadmissionpolicies"
                | "validatingadmissionpolicybindings"
                | "mutatingadmissionpolicies"
                | "mutatingadmissionpolicybindings"
                | "validatingwebhookconfigurations"
                | "mutatingwebhookconfigurations"
        )
}

fn refusal(admission: &Admission<'_>, policy: &Definition, binding: &Binding, finding: &Finding) -> Status {
    let message = format!(
        "ValidatingAdmissionPolicy '{}' with binding '{}' denied request: {}",
        policy.name, binding.name, finding.message
    );
    let cause = StatusCause { reason: String::new(), message: message.clone(), field: String::new() };
    let mut status = admission.forbidden(&message).because(cause);
    status.reason = finding.reason;
    status
}

impl Plugin for ValidatingPolicies {
    fn name(&self) -> &'static str {
        "ValidatingAdmissionPolicy"
    }

    fn register(&self, metrics: &Metrics) {
        self.figures.register(metrics, "validating");
    }

    /// A policy that is written is told at once what its expressions get wrong about the kinds it names.
    fn allocate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let written = matches!(admission.operation, Operation::Create | Operation::Update);
        let policy = admission.is("admissionregistration.k8s.io", "validatingadmissionpolicies");
        if written && policy && admission.target.subresource.is_empty() {
            admission.object["status"] = checked_status(admission.object, admission.store);
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if is_exempt(admission) {
            return refuse_faulty(admission);
        }
        let (mut refused, mut notes) = (None, Notes::default());
        for (policy, binding, finding) in self.all_findings(admission, &mut notes) {
            if binding.acts("Audit") {
                notes.found(&policy, &binding, &finding.message, finding.index);
            }
            if binding.acts("Warn") {
                let (policy, binding, text) = (&policy.name, &binding.name, &finding.message);
                let warning =
                    format!("Validation failed for ValidatingAdmissionPolicy '{policy}' with binding '{binding}': {text}");
                admission.warnings.push(warning);
            }
            if binding.acts("Deny") {
                refused = refused.or_else(|| Some(refusal(admission, &policy, &binding, &finding)));
            }
        }
        notes.tell();
        refused.map_or(Ok(()), Err)
    }
}
