//! ValidatingAdmissionPolicy: refuses, warns, or notes for the audit.

use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use kontiki_api::kind::Kind;
use kontiki_api::status::{Reason, Status, StatusCause};
use kontiki_cel::Budget;
use serde_json::Value;

use super::authorizer::Requester;
use super::condition::applies;
use super::definition::{Definition, Validation};
use super::exempt::is_exempt;
use super::faulty::refuse_faulty;
use super::notes::Notes;
use super::params::{params, unknown_params};
use super::policies::{Active, Binding, Policies};
use super::scope::Scope;
use super::type_checking::checked_status;
use super::view::Views;
use crate::admit::hooks::Subject;
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
    /// Whether it refuses the request whatever the actions of the binding are, and is told nobody else.
    refuses: bool,
}

impl Finding {
    /// A fault of a validation.
    const fn new(message: String) -> Self {
        Self { message, reason: Reason::Invalid, index: 0, failed: true, refuses: false }
    }
}

/// A finding with where it comes from; a fault of a policy itself has no binding.
struct Found {
    policy: Arc<Definition>,
    binding: Option<Arc<Binding>>,
    finding: Finding,
}

impl Found {
    /// Whether the binding wants findings to have this consequence, and this one may.
    fn acts(&self, action: &str) -> bool {
        !self.finding.refuses && self.binding.as_ref().is_some_and(|binding| binding.acts(action))
    }

    fn refuses(&self) -> bool {
        self.finding.refuses || self.acts("Deny")
    }

    fn refusal(&self, views: &Views<'_>) -> Status {
        let by = self.binding.as_ref().map(|binding| format!(" with binding '{}'", binding.name)).unwrap_or_default();
        let message = format!("ValidatingAdmissionPolicy '{}'{by} denied request: {}", self.policy.name, self.finding.message);
        let cause = StatusCause { reason: String::new(), message: message.clone(), field: String::new() };
        let mut status = views.subject.forbidden(views.subject.named(views.object, views.old), &message).because(cause);
        status.reason = self.finding.reason;
        status
    }
}

impl ValidatingPolicies {
    /// Expressions ask `authorizer`.
    pub fn new(authorizer: Arc<dyn Authorize>) -> Self {
        let policies = Policies::new("validatingadmissionpolicies", "validatingadmissionpolicybindings");
        Self { policies, authorizer, figures: PolicyFigures::default() }
    }

    /// What all policies find; what they have to say to the audit goes to `notes`.
    async fn all_findings(&self, active: Active, views: &mut Views<'_>, notes: &mut Notes) -> Vec<Found> {
        let mut all = Vec::new();
        for (policy, bindings) in active {
            let findings = match policy.constraints.row(views.subject, views.object, views.old) {
                Ok(None) => continue,
                Ok(Some(_)) if let Some(fault) = unknown_params(&policy, views.subject) => {
                    unconfigured(&policy, "policy", &fault).into_iter().map(|finding| (None, finding)).collect()
                }
                Ok(Some(row)) => self.findings_of(&policy, &bindings, &row, views, notes).await,
                Err(fault) => unconfigured(&policy, "policy", &fault).into_iter().map(|finding| (None, finding)).collect(),
            };
            let found = findings.into_iter();
            all.extend(found.map(|(binding, finding)| Found { policy: Arc::clone(&policy), binding, finding }));
        }
        all
    }

    /// What `policy`, which sees the request in the version of `row`, finds under each of `bindings`.
    async fn findings_of(
        &self,
        policy: &Definition,
        bindings: &[Arc<Binding>],
        row: &Arc<Kind>,
        views: &mut Views<'_>,
        notes: &mut Notes,
    ) -> Vec<(Option<Arc<Binding>>, Finding)> {
        let mut all = Vec::new();
        for binding in bindings {
            let begun = Instant::now();
            let findings = match binding.constraints.narrows(views.subject, views.object, views.old) {
                Ok(false) => continue,
                Ok(true) => self.findings(policy, binding, row, views, notes).await,
                Err(fault) => Err(fault),
            };
            let findings = findings.unwrap_or_else(|fault| unconfigured(policy, "binding", &fault));
            self.count(policy, binding, &findings, begun);
            all.extend(findings.into_iter().map(|finding| (Some(Arc::clone(binding)), finding)));
        }
        all
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
            if finding.refuses {
                checked(finding.failed, "deny");
                continue;
            }
            let actions = [("Deny", "deny"), ("Warn", "warn"), ("Audit", "audit")].into_iter();
            actions.filter(|(action, _)| binding.acts(action)).for_each(|(_, action)| checked(finding.failed, action));
        }
    }

    /// What `policy` finds under `binding`.
    ///
    /// # Errors
    /// Why the binding cannot be put to work.
    async fn findings(
        &self,
        policy: &Definition,
        binding: &Binding,
        row: &Arc<Kind>,
        views: &mut Views<'_>,
        notes: &mut Notes,
    ) -> Result<Vec<Finding>, String> {
        let subject = views.subject;
        let params = params(policy, binding, subject, subject.named(views.object, views.old)).await?;
        if params.is_empty() {
            return Ok(Vec::new());
        }
        let view = views.of(row).await?;
        let authorizer = Requester { authorizer: &self.authorizer, user: subject.user };
        let mut findings = Vec::new();
        for param in &params {
            let bindings = view.bindings(&authorizer, param.as_ref());
            match applies(policy, bindings.clone()) {
                Ok(true) => findings.extend(validate(policy, &Scope::new(policy, bindings, &Budget::per_object()), notes)),
                Ok(false) => {}
                Err(fault) => findings.extend(fault_of(policy, fault)),
            }
        }
        Ok(findings)
    }

    /// Tells everybody what the policies that are `active` find.
    ///
    /// # Errors
    /// The first refusal.
    async fn judge(
        &self,
        active: Active,
        subject: &Subject<'_>,
        object: &Value,
        old: Option<&Value>,
        warnings: &mut Vec<String>,
    ) -> Result<(), Status> {
        let mut notes = Notes::default();
        let mut views = Views::new(subject, object, old);
        let all = self.all_findings(active, &mut views, &mut notes).await;
        for found in &all {
            let (policy, finding) = (&found.policy, &found.finding);
            let Some(binding) = &found.binding else { continue };
            if found.acts("Audit") {
                notes.found(policy, binding, &finding.message, finding.index);
            }
            if found.acts("Warn") {
                let (policy, binding, text) = (&policy.name, &binding.name, &finding.message);
                let warning =
                    format!("Validation failed for ValidatingAdmissionPolicy '{policy}' with binding '{binding}': {text}");
                warnings.push(warning);
            }
        }
        notes.tell();
        all.iter().find(|found| found.refuses()).map_or(Ok(()), |found| Err(found.refusal(&views)))
    }
}

/// A fault counts as a finding, unless the policy lets it pass.
fn fault_of(policy: &Definition, fault: String) -> Option<Finding> {
    policy.fails.then(|| Finding::new(fault))
}

/// A policy or a binding that cannot be put to work refuses, unless the policy lets faults pass.
fn unconfigured(policy: &Definition, what: &str, fault: &str) -> Vec<Finding> {
    let finding = fault_of(policy, format!("failed to configure {what}: {fault}"));
    finding.into_iter().map(|finding| Finding { refuses: true, ..finding }).collect()
}

fn validate<'a>(policy: &'a Definition, scope: &Scope<'a>, notes: &mut Notes) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, validation) in policy.validations.iter().enumerate() {
        match scope.evaluate(&validation.expression) {
            Ok(value) if value.as_bool() == Some(true) => {}
            Ok(_) => {
                let (message, reason) = (message(validation, scope), reason(&validation.reason));
                findings.push(Finding { message, reason, index, failed: false, refuses: false });
            }
            Err(fault) => findings.extend(fault_of(policy, fault).map(|finding| Finding { index, ..finding })),
        }
    }
    for (key, annotation) in &policy.annotations {
        match scope.evaluate(annotation) {
            Ok(value) => notes.add(&policy.name, key, value.as_str().unwrap_or_default()),
            // An annotation is no validation: the binding's actions say nothing of it.
            Err(fault) => findings.extend(fault_of(policy, fault).map(|finding| Finding { refuses: true, ..finding })),
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
        refuse_faulty(admission)
    }

    fn validate_waiting<'f>(&'f self, admission: &'f mut Admission<'_>) -> Option<BoxFuture<'f, Result<(), Status>>> {
        let subject = admission.subject.filter(|subject| !is_exempt(subject))?;
        let active = self.policies.active(admission.store);
        (!active.is_empty())
            .then(|| self.judge(active, subject, admission.object, admission.old, &mut admission.warnings).boxed())
    }
}
