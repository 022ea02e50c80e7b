//! MutatingAdmissionPolicy: changes objects by parts of them or by JSON patches.

use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use kontiki_api::apply::{OneVersion, Reset, Tracker};
use kontiki_api::kind::Kind;
use kontiki_api::patch;
use kontiki_api::request::PatchType;
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use kontiki_cel::{Bindings, Budget};
use serde_json::Value;

use super::atomics::atomics;
use super::authorizer::Requester;
use super::condition::applies;
use super::definition::{Definition, Mutation};
use super::exempt::is_exempt;
use super::params::params;
use super::policies::{Active, Binding, Policies};
use super::scope::Scope;
use super::shape::Shape;
use super::view::{View, inconvertible};
use crate::admit::hooks::Subject;
use crate::admit::{Admission, Operation, Plugin};
use crate::authorize::Authorize;
use crate::metrics::{Checked, Metrics, PolicyFigures};

/// The plug-in.
pub(in crate::admit) struct MutatingPolicies {
    policies: Policies,
    authorizer: Arc<dyn Authorize>,
    figures: PolicyFigures,
}

impl MutatingPolicies {
    /// Expressions ask `authorizer`.
    pub fn new(authorizer: Arc<dyn Authorize>) -> Self {
        let policies = Policies::new("mutatingadmissionpolicies", "mutatingadmissionpolicybindings");
        Self { policies, authorizer, figures: PolicyFigures::default() }
    }

    /// Changes `object` as `policy`, which sees it in the version of `row`, says under `binding`. A mutation that fails leaves it
    /// to those behind it.
    ///
    /// # Errors
    /// The first fault.
    async fn apply(
        &self,
        policy: &Definition,
        binding: &Binding,
        subject: &Subject<'_>,
        row: &Arc<Kind>,
        object: &mut Value,
        old: Option<&Value>,
    ) -> Result<(), String> {
        let params = params(policy, binding, subject, object).await.map_err(|fault| unconfigured(&fault))?;
        let authorizer = Requester { authorizer: &self.authorizer, user: subject.user };
        let mut view = View::of(subject, row, object, old).await.map_err(|fault| unconfigured(&fault))?;
        let mut first = Ok(());
        for param in params.iter().map(Option::as_ref) {
            match applies(policy, view.bindings(&authorizer, param)) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(fault) => {
                    first = first.and(Err(fault));
                    continue;
                }
            }
            for mutation in &policy.mutations {
                match changed(policy, mutation, &view, view.bindings(&authorizer, param), subject, row) {
                    Ok(changed) if changed == view.object => {}
                    Ok(changed) => {
                        subject.take(row, changed, object).await.map_err(inconvertible)?;
                        // Each sees what the one before it left.
                        view = View::of(subject, row, object, old).await?;
                    }
                    Err(fault) => first = first.and(Err(fault)),
                }
            }
        }
        first
    }
}

/// The object of `view` as `mutation` changes it: by a JSON patch, or by a part of the object that is applied as its schema says.
fn changed(
    policy: &Definition,
    mutation: &Mutation,
    view: &View,
    bindings: Bindings<'_>,
    subject: &Subject<'_>,
    row: &Kind,
) -> Result<Value, String> {
    let scope = Scope::new(policy, bindings, &Budget::per_object());
    let change = scope.evaluate(&mutation.expression)?.to_json().map_err(|error| error.to_string())?;
    if mutation.is_patch {
        let body = change.to_string();
        let patched = patch::apply(row, PatchType::Json, body.as_bytes(), &view.object);
        return patched.map_err(|status| status.message);
    }
    applied(&Shape::of(subject, row)?, &view.object, change)
}

/// The object with `config` applied by nobody: what it has besides stays, and who manages its fields too.
fn applied(shape: &Shape<'_>, object: &Value, mut config: Value) -> Result<Value, String> {
    if !config.is_object() {
        return Err("the expression of an ApplyConfiguration must give an object".into());
    }
    let Shape { api_version, kind, schema } = shape;
    let atomics = atomics(schema, &config);
    if !atomics.is_empty() {
        let places = atomics.join(", ");
        return Err(format!("invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {places}"));
    }
    config["apiVersion"] = api_version.as_str().into();
    config["kind"] = (*kind).into();
    let (mut live, managed) = (object.clone(), "managedFields");
    let kept = live.get_mut("metadata").and_then(Value::as_object_mut).and_then(|meta| meta.shift_remove(managed));
    let tracker = Tracker {
        versions: &OneVersion { api_version, schema },
        api_version,
        subresource: "",
        manager: "admission",
        now: Time::from_micros(0),
        reset: Reset::default(),
    };
    let mut applied = tracker.applied(Some(&live), &config, true).map_err(|error| error.to_string())?;
    if let Some(meta) = applied.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.shift_remove(managed);
        meta.extend(kept.map(|kept| (managed.to_owned(), kept)));
    }
    Ok(applied)
}

/// What is told of a binding that cannot be put to work.
fn unconfigured(fault: &str) -> String {
    format!("failed to configure binding: {fault}")
}

impl Plugin for MutatingPolicies {
    fn name(&self) -> &'static str {
        "MutatingAdmissionPolicy"
    }

    fn register(&self, metrics: &Metrics) {
        self.figures.register(metrics, "mutating");
    }

    fn mutate_waiting<'f>(&'f self, admission: &'f mut Admission<'_>) -> Option<BoxFuture<'f, Result<(), Status>>> {
        let writes = matches!(admission.operation, Operation::Create | Operation::Update);
        let subject = admission.subject.filter(|subject| writes && !is_exempt(subject))?;
        let active = self.policies.active(admission.store);
        // Behind a webhook that changed the object only those run that ask for it.
        let again = admission.again;
        (!active.is_empty()).then(|| self.passes(active, subject, admission.object, admission.old, again).boxed())
    }
}

impl MutatingPolicies {
    /// Counts what `policy` said under `binding` since `begun`.
    fn count(&self, policy: &Definition, binding: &Binding, failed: bool, begun: Instant) {
        let action = if failed && policy.fails { "deny" } else { "allow" };
        self.figures.checked(Checked { policy: &policy.name, binding: &binding.name, failed, action }, begun.elapsed());
    }

    /// Every policy, and where one changed the object those that are to run again.
    async fn passes(
        &self,
        active: Active,
        subject: &Subject<'_>,
        object: &mut Value,
        old: Option<&Value>,
        again: bool,
    ) -> Result<(), Status> {
        let before = object.clone();
        self.pass(&active, subject, object, old, again).await?;
        if again || *object == before { Ok(()) } else { self.pass(&active, subject, object, old, true).await }
    }

    /// Every policy in order; in the second pass those that are to run again.
    async fn pass(
        &self,
        active: &Active,
        subject: &Subject<'_>,
        object: &mut Value,
        old: Option<&Value>,
        again: bool,
    ) -> Result<(), Status> {
        for (policy, bindings) in active.iter().filter(|(policy, _)| policy.reinvoked || !again) {
            let row = match policy.constraints.row(subject, object, old) {
                Ok(None) => continue,
                Ok(Some(row)) => row,
                Err(_) if !policy.fails => continue,
                Err(fault) => {
                    let why = format!("policy '{}' denied request: failed to configure policy: {fault}", policy.name);
                    return Err(subject.forbidden(object, &why));
                }
            };
            for binding in bindings {
                let begun = Instant::now();
                let result = match binding.constraints.narrows(subject, object, old) {
                    Ok(false) => continue,
                    Ok(true) => self.apply(policy, binding, subject, &row, object, old).await,
                    Err(fault) => Err(unconfigured(&fault)),
                };
                self.count(policy, binding, result.is_err(), begun);
                if let Some(fault) = result.err().filter(|_| policy.fails) {
                    let (policy, binding) = (&policy.name, &binding.name);
                    let why = format!("policy '{policy}' with binding '{binding}' denied request: {fault}");
                    return Err(subject.forbidden(object, &why));
                }
            }
        }
        Ok(())
    }
}
