//! The parameters of a binding.

use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Resource};
use kontiki_api::selector::LabelSelector;
use kontiki_store::{Range, Store};
use serde_json::Value;

use super::definition::Definition;
use super::policies::Binding;
use crate::admit::fields::text;
use crate::admit::hooks::Subject;

/// The parameters for which the policy is evaluated, each once; `[None]` for a policy without any. `object` is one of the
/// objects of `subject`.
///
/// # Errors
/// What is wrong with the binding, or that there are none and the binding wants some.
pub(super) fn params(
    policy: &Definition,
    binding: &Binding,
    subject: &Subject<'_>,
    object: &Value,
) -> Result<Vec<Option<Value>>, String> {
    let store = &*subject.server.config.store;
    let Some((api_version, kind)) = &policy.param_kind else { return Ok(vec![None]) };
    if binding.param_ref.is_null() {
        return Ok(vec![Some(Value::Null)]);
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let (resource, namespaced) = resource(store, group, api_version, kind)
        .ok_or_else(|| format!("failed to find resource referenced by paramKind: '{api_version}, Kind={kind}'"))?;
    let namespace = match text(&binding.param_ref, "/namespace") {
        "" if namespaced => subject.namespace(object),
        given => given,
    };
    if namespaced && namespace.is_empty() {
        return Err("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources".into());
    }
    let found = lookup(store, &resource, namespace, &binding.param_ref)?;
    if found.is_empty() && text(&binding.param_ref, "/parameterNotFoundAction") != "Allow" {
        return Err("no params found for policy binding with `Deny` parameterNotFoundAction".into());
    }
    Ok(found.into_iter().map(Some).collect())
}

fn lookup(store: &dyn Store, resource: &Resource, namespace: &str, reference: &Value) -> Result<Vec<Value>, String> {
    let name = text(reference, "/name");
    if !name.is_empty() {
        let object = store.get(&Key::new(resource.clone(), namespace, name));
        return Ok(object.map(|object| object.to_value()).into_iter().collect());
    }
    let selector = reference.get("selector").unwrap_or(&Value::Null);
    let selector = LabelSelector::from_value(selector).map_err(|error| error.to_string())?;
    let range = match namespace {
        "" => Range::Resource(resource.clone()),
        namespace => Range::Namespace(resource.clone(), namespace.into()),
    };
    let listing = store.list(&range);
    let meant = listing.objects.iter().filter(|object| selector.matches_head(&object.head));
    Ok(meant.map(|object| object.to_value()).collect())
}

/// The collection of a kind, and whether its objects live in namespaces.
fn resource(store: &dyn Store, group: &str, api_version: &str, kind: &str) -> Option<(Resource, bool)> {
    if let Some(row) = Kinds::builtin().by_kind(api_version, kind) {
        return Some((row.resource.clone(), row.namespaced));
    }
    let definitions = store.list(&Range::Resource(Resource::new("apiextensions.k8s.io", "customresourcedefinitions")));
    let definitions = definitions.objects.iter().map(|object| object.to_value());
    let definition = definitions
        .into_iter()
        .find(|definition| text(definition, "/spec/group") == group && text(definition, "/spec/names/kind") == kind)?;
    let plural = text(&definition, "/spec/names/plural");
    Some((Resource::new(group, plural), text(&definition, "/spec/scope") == "Namespaced"))
}
