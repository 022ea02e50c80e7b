//! The parameters of a binding.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::selector::LabelSelector;
use kontiki_store::{Range, Store};
use serde_json::Value;

use super::definition::Definition;
use super::policies::Binding;
use super::view::inconvertible;
use crate::admit::fields::text;
use crate::admit::hooks::Subject;
use crate::custom::served;

/// The parameters for which the policy is evaluated, each once, in the version that its `paramKind` names; `[None]` for a policy
/// without any. `object` is one of the objects of `subject`.
///
/// # Errors
/// What is wrong with the binding, or that there are none and the binding wants some.
pub(super) async fn params(
    policy: &Definition,
    binding: &Binding,
    subject: &Subject<'_>,
    object: &Value,
) -> Result<Vec<Option<Value>>, String> {
    let server = subject.server;
    let Some((api_version, kind)) = &policy.param_kind else { return Ok(vec![None]) };
    if binding.param_ref.is_null() {
        return Ok(vec![Some(Value::Null)]);
    }
    let row = server.kinds.by_kind(api_version, kind).ok_or_else(|| unknown(api_version, kind))?;
    let namespace = match text(&binding.param_ref, "/namespace") {
        "" if row.namespaced => subject.namespace(object),
        given => given,
    };
    if row.namespaced && namespace.is_empty() {
        return Err("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources".into());
    }
    if !row.namespaced && !namespace.is_empty() {
        return Err("paramRef.namespace must not be provided for a cluster-scoped `paramKind`".into());
    }
    let found = lookup(&*server.config.store, &row, namespace, &binding.param_ref)?;
    if found.is_empty() && text(&binding.param_ref, "/parameterNotFoundAction") != "Allow" {
        return Err("no params found for policy binding with `Deny` parameterNotFoundAction".into());
    }
    let found = served(&server.webhooks, &row, found).await.map_err(inconvertible)?;
    let shown = found.iter().map(|object| {
        let mut value = object.to_value();
        if let Some(conversion) = &row.conversion {
            (conversion.from_stored)(&mut value);
        }
        Some(value)
    });
    Ok(shown.collect())
}

/// What is told where nobody serves the kind of the policy's parameters.
pub(super) fn unknown_params(policy: &Definition, subject: &Subject<'_>) -> Option<String> {
    let (api_version, kind) = policy.param_kind.as_ref()?;
    subject.server.kinds.by_kind(api_version, kind).is_none().then(|| unknown(api_version, kind))
}

fn unknown(api_version: &str, kind: &str) -> String {
    format!("failed to find resource referenced by paramKind: '{api_version}, Kind={kind}'")
}

/// The stored objects of `row` that `reference` means.
fn lookup(store: &dyn Store, row: &Kind, namespace: &str, reference: &Value) -> Result<Vec<Arc<Object>>, String> {
    let (name, resource) = (text(reference, "/name"), row.resource.clone());
    if !name.is_empty() {
        return Ok(store.get(&Key::new(resource, namespace, name)).into_iter().collect());
    }
    let selector = reference.get("selector").unwrap_or(&Value::Null);
    let selector = LabelSelector::from_value(selector).map_err(|error| error.to_string())?;
    let range = match namespace {
        "" => Range::Resource(resource),
        namespace => Range::Namespace(resource, namespace.into()),
    };
    let listing = store.list(&range);
    Ok(listing.objects.into_iter().filter(|object| selector.matches_head(&object.head)).collect())
}
