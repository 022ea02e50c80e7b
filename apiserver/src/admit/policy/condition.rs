//! A request with all that policies look at, and whether a policy applies to it.

use kontiki_api::go::listed;
use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_cel::{Access, Authorizer, Bindings, Budget, Value as CelValue};
use serde_json::Value;

use super::authorizer::request_resource;
use super::definition::Definition;
use super::scope::Scope;
use crate::admit::hooks::{Subject, request_of};

/// What expressions read, apart from the objects themselves.
pub(in crate::admit) struct Facts {
    request: Value,
    namespace: Value,
    resource: Access,
}

impl Facts {
    /// Gathers them for `subject` in the version of `row`; `named` is one of its objects.
    pub fn gather(subject: &Subject<'_>, row: &Kind, named: &Value) -> Self {
        let namespace = subject.kind.namespaced.then(|| Key::new("namespaces", "", subject.target.namespace.clone()));
        let namespace = namespace.and_then(|key| subject.server.config.store.get(&key)).map(|object| object.to_value());
        Self {
            request: request_of(subject, row, named),
            namespace: namespace.unwrap_or(Value::Null),
            resource: request_resource(subject.target, subject.name(named)),
        }
    }

    /// Those of a request that is known by its `AdmissionRequest` alone; nothing is said of its namespace.
    pub const fn of(request: Value, resource: Access) -> Self {
        Self { request, namespace: Value::Null, resource }
    }

    /// The variables of a policy for one parameter.
    pub fn bindings<'a>(
        &'a self,
        object: &'a Value,
        old: Option<&'a Value>,
        authorizer: &'a dyn Authorizer,
        param: Option<&'a Value>,
    ) -> Bindings<'a> {
        let bindings = Bindings::new()
            .bind("object", CelValue::json(object))
            .bind("oldObject", old.map_or(CelValue::Null, CelValue::json))
            .bind("request", CelValue::json(&self.request))
            .bind("namespaceObject", CelValue::json(&self.namespace))
            .bind("authorizer", CelValue::authorizer(authorizer))
            .bind("authorizer.requestResource", CelValue::resource_check(authorizer, self.resource.clone()));
        match param {
            Some(param) => bindings.bind("params", CelValue::json(param)),
            None => bindings,
        }
    }
}

/// Whether the policy's conditions hold.
///
/// # Errors
/// Why that cannot be told: no condition is false, and some have no value.
pub(in crate::admit) fn applies<'a>(policy: &'a Definition, bindings: Bindings<'a>) -> Result<bool, String> {
    let scope = Scope::new(policy, bindings, &Budget::match_conditions());
    let mut faults = Vec::new();
    for (_, condition) in &policy.conditions {
        match scope.evaluate(condition) {
            Ok(value) if value.as_bool() == Some(false) => return Ok(false),
            Ok(value) if value.as_bool() == Some(true) => {}
            Ok(_) => faults.push(format!("expression '{}' did not evaluate to bool", condition.source)),
            Err(error) => faults.push(error),
        }
    }
    if faults.is_empty() { Ok(true) } else { Err(listed(&faults)) }
}
