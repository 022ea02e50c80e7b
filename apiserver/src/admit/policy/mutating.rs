//! MutatingAdmissionPolicy: changes objects by parts of them or by JSON patches.

use std::sync::Arc;
use std::time::Instant;

use kontiki_api::apply::{OneVersion, Reset, Tracker};
use kontiki_api::patch;
use kontiki_api::request::PatchType;
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use kontiki_cel::Budget;
use serde_json::Value;

use super::atomics::atomics;
use super::authorizer::Requester;
use super::condition::{Facts, applies};
use super::definition::{Definition, Mutation};
use super::params::params;
use super::policies::{Binding, Policies};
use super::scope::Scope;
use super::validating::is_exempt;
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

    /// Changes the object as `policy` says under `binding`.
    fn apply(&self, policy: &Definition, binding: &Binding, admission: &mut Admission<'_>) -> Result<(), String> {
        for param in &params(policy, binding, admission)? {
            for mutation in &policy.mutations {
                // Each mutation sees what the one before it left; conditions are those of the first.
                let Some(change) = self.change(policy, mutation, admission, param.as_ref())? else { break };
                *admission.object = changed(admission, mutation, change)?;
            }
        }
        Ok(())
    }

    /// What `mutation` gives, as JSON; `None` where the policy does not apply.
    fn change(
        &self,
        policy: &Definition,
        mutation: &Mutation,
        admission: &Admission<'_>,
        param: Option<&Value>,
    ) -> Result<Option<Value>, String> {
        let authorizer = Requester { authorizer: &self.authorizer, user: admission.user };
        let facts = Facts::gather(admission);
        let bindings = facts.bindings(admission.object, admission.old, &authorizer, param);
        if !applies(policy, bindings.clone())? {
            return Ok(None);
        }
        let scope = Scope::new(policy, bindings, &Budget::per_object());
        let value = scope.evaluate(&mutation.expression)?;
        value.to_json().map(Some).map_err(|error| error.to_string())
    }
}

/// The object with `change` put in: a JSON patch, or a part of the object that is applied as its schema says.
fn changed(admission: &Admission<'_>, mutation: &Mutation, change: Value) -> Result<Value, String> {
    if mutation.is_patch {
        let body = change.to_string();
        let patched = patch::apply(admission.kind, PatchType::Json, body.as_bytes(), admission.object);
        return patched.map_err(|status| status.message);
    }
    applied(admission, change)
}

/// The object with `config` applied by nobody: what it has besides stays, and who manages its fields too.
fn applied(admission: &Admission<'_>, mut config: Value) -> Result<Value, String> {
    if !config.is_object() {
        return Err("the expression of an ApplyConfiguration must give an object".into());
    }
    let api_version = admission.kind.api_version();
    let schema = admission.kind.schema().ok_or_else(|| format!("there is no schema of {api_version}"))?;
    let atomics = atomics(schema, &config);
    if !atomics.is_empty() {
        let places = atomics.join(", ");
        return Err(format!("invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {places}"));
    }
    config["apiVersion"] = api_version.as_str().into();
    config["kind"] = (*admission.kind.kind).into();
    let (mut live, managed) = (admission.object.clone(), "managedFields");
    let kept = live.get_mut("metadata").and_then(Value::as_object_mut).and_then(|meta| meta.shift_remove(managed));
    let tracker = Tracker {
        versions: &OneVersion { api_version: &api_version, schema },
        api_version: &api_version,
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

impl Plugin for MutatingPolicies {
    fn name(&self) -> &'static str {
        "MutatingAdmissionPolicy"
    }

    fn register(&self, metrics: &Metrics) {
        self.figures.register(metrics, "mutating");
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let writes = matches!(admission.operation, Operation::Create | Operation::Update);
        if !writes || is_exempt(admission) {
            return Ok(());
        }
        let active = self.policies.active(admission.store);
        if active.is_empty() {
            return Ok(());
        }
        let before = admission.object.clone();
        // Behind a webhook that changed the object only those run that ask for it.
        let again = admission.again;
        self.pass(&active, admission, again)?;
        if again || *admission.object == before { Ok(()) } else { self.pass(&active, admission, true) }
    }
}

impl MutatingPolicies {
    /// Counts what `policy` said under `binding` since `begun`.
    fn count(&self, policy: &Definition, binding: &Binding, failed: bool, begun: Instant) {
        let action = if failed && policy.fails { "deny" } else { "allow" };
        self.figures.checked(Checked { policy: &policy.name, binding: &binding.name, failed, action }, begun.elapsed());
    }

    /// Every policy in order; in the second pass those that are to run again.
    fn pass(
        &self,
        active: &[(Arc<Definition>, Vec<Arc<Binding>>)],
        admission: &mut Admission<'_>,
        again: bool,
    ) -> Result<(), Status> {
        for (policy, bindings) in active.iter().filter(|(policy, _)| policy.reinvoked || !again) {
            if !policy.constraints.selects(admission) {
                continue;
            }
            for binding in bindings {
                if !binding.constraints.narrows(admission) {
                    continue;
                }
                let begun = Instant::now();
                let result = self.apply(policy, binding, admission);
                self.count(policy, binding, result.is_err(), begun);
                if let Some(fault) = result.err().filter(|_| policy.fails) {
                    let (policy, binding) = (&policy.name, &binding.name);
                    return Err(
                        admission.forbidden(&format!("policy '{policy}' with binding '{binding}' denied request: {fault}"))
                    );
                }
            }
        }
        Ok(())
    }
}
