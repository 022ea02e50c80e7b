//! A request with all that policies look at, and whether a policy applies to it.

use kontiki_api::meta::Key;
use kontiki_cel::{Authorizer, Bindings, Budget, Value as CelValue};
use serde_json::Value;

use super::authorizer::request_resource;
use super::definition::Definition;
use super::request::request;
use super::scope::Scope;
use crate::admit::Admission;

/// What expressions read, apart from the objects themselves.
pub(super) struct Facts {
    request: Value,
    namespace: Value,
}

impl Facts {
    /// Gathers them for one request.
    pub fn gather(admission: &Admission<'_>) -> Self {
        let namespace = admission.kind.namespaced.then(|| Key::new("namespaces", "", admission.target.namespace.clone()));
        let namespace = namespace.and_then(|key| admission.store.get(&key)).map(|object| object.to_value());
        Self { request: request(admission), namespace: namespace.unwrap_or(Value::Null) }
    }

    /// The variables of a policy for one parameter.
    pub fn bindings<'a>(
        &'a self,
        admission: &'a Admission<'_>,
        authorizer: &'a dyn Authorizer,
        param: Option<&'a Value>,
    ) -> Bindings<'a> {
        let json = |value: Option<&'a Value>| value.map_or(CelValue::Null, CelValue::json);
        let bindings = Bindings::new()
            .bind("object", json(Some(&*admission.object)))
            .bind("oldObject", json(admission.old))
            .bind("request", json(Some(&self.request)))
            .bind("namespaceObject", json(Some(&self.namespace)))
            .bind("authorizer", CelValue::authorizer(authorizer))
            .bind("authorizer.requestResource", CelValue::resource_check(authorizer, request_resource(admission)));
        match param {
            Some(param) => bindings.bind("params", CelValue::json(param)),
            None => bindings,
        }
    }
}

/// Whether the policy's conditions hold.
///
/// # Errors
/// Why that cannot be told: no condition is false, and one has no value.
pub(super) fn applies<'a>(policy: &'a Definition, bindings: Bindings<'a>) -> Result<bool, String> {
    let scope = Scope::new(policy, bindings, &Budget::match_conditions());
    let mut fault = None;
    for (_, condition) in &policy.conditions {
        match scope.evaluate(condition) {
            Ok(value) if value.as_bool() == Some(false) => return Ok(false),
            Ok(value) if value.as_bool() == Some(true) => {}
            Ok(_) => fault = fault.or(Some(format!("expression '{}' did not evaluate to bool", condition.source))),
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    fault.map_or(Ok(true), Err)
}
