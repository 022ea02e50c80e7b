//! `status.typeChecking`: what expressions get wrong about the kinds that a policy names.

use kontiki_api::kind::Kinds;
use kontiki_api::meta::Key;
use kontiki_api::schema;
use kontiki_cel::Schema;
use kontiki_store::{Range, Store};
use serde_json::{Value, json};

use super::definition::Definition;
use super::typed::typed;
use crate::admit::fields::{items, text};

/// At most so many kinds are looked at, as upstream.
const MAX_KINDS: usize = 10;
/// The collection of custom kinds.
const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// A kind that expressions are checked against.
struct Named {
    group: String,
    version: String,
    kind: String,
    schema: Schema,
}

/// The status of `policy`, a ValidatingAdmissionPolicy: its validations compiled for each kind that its rules name, built in
/// or defined in `store`. Kinds behind a star, and those that are not known, are passed over.
pub(super) fn checked_status(policy: &Value, store: &dyn Store) -> Value {
    let mut status = policy.get("status").filter(|status| status.is_object()).cloned().unwrap_or_else(|| json!({}));
    let mut warnings: Vec<(String, Vec<String>)> = Vec::new();
    let params = params(policy, store);
    for Named { group, version, kind, schema } in kinds(policy, store) {
        for fault in Definition::for_objects(policy, schema, params.clone()).validation_faults() {
            let told = format!("{group}/{version}, Kind={kind}: {}\n", fault.detail);
            match warnings.iter_mut().find(|(field, _)| *field == fault.field) {
                Some((_, all)) => all.push(told),
                None => warnings.push((fault.field, vec![told])),
            }
        }
    }
    let warnings: Vec<Value> =
        warnings.into_iter().map(|(field, told)| json!({"fieldRef": field, "warning": told.join("\n")})).collect();
    status["typeChecking"] = if warnings.is_empty() { json!({}) } else { json!({"expressionWarnings": warnings}) };
    if let Some(generation) = policy.pointer("/metadata/generation") {
        status["observedGeneration"] = generation.clone();
    }
    status
}

/// The kinds that the rules of `policy` name.
fn kinds(policy: &Value, store: &dyn Store) -> Vec<Named> {
    let all = Kinds::builtin();
    let mut found: Vec<Named> = Vec::new();
    for rule in items(policy, "/spec/matchConstraints/resourceRules") {
        let texts = |pointer: &str| items(rule, pointer).iter().filter_map(Value::as_str).collect::<Vec<_>>();
        for group in texts("/apiGroups") {
            for version in texts("/apiVersions") {
                for plural in texts("/resources") {
                    let named = match all.get(group, version, plural) {
                        Some(row) => schema::definition(&row.definition).map(|model| (row.kind.to_string(), typed(model))),
                        None => custom(store, group, version, plural),
                    };
                    found.extend(named.map(|(kind, schema)| Named {
                        group: group.into(),
                        version: version.into(),
                        kind,
                        schema,
                    }));
                }
            }
        }
    }
    found.dedup_by(|a, b| (&a.group, &a.version, &a.kind) == (&b.group, &b.version, &b.kind));
    found.truncate(MAX_KINDS);
    found
}

/// The custom kind of `plural`, and what expressions see of it.
fn custom(store: &dyn Store, group: &str, version: &str, plural: &str) -> Option<(String, Schema)> {
    let definition = store.get(&Key::new(DEFINITIONS, "", format!("{plural}.{group}")))?.to_value();
    Some((text(&definition, "/spec/names/kind").into(), version_of(&definition, version)?))
}

/// What expressions see of `version` of the kind that `definition` defines.
fn version_of(definition: &Value, version: &str) -> Option<Schema> {
    let own = items(definition, "/spec/versions").iter().find(|own| text(own, "/name") == version)?;
    Schema::from_openapi(own.pointer("/schema/openAPIV3Schema")?, true)
}

/// What expressions see of the policy's parameters; `None` where it has none, or of a kind that is not known.
fn params(policy: &Value, store: &dyn Store) -> Option<Schema> {
    let (api_version, kind) = (text(policy, "/spec/paramKind/apiVersion"), text(policy, "/spec/paramKind/kind"));
    let all = Kinds::builtin();
    if let Some(row) = all.by_kind(api_version, kind) {
        return schema::definition(&row.definition).map(typed);
    }
    let (group, version) = api_version.split_once('/')?;
    let definitions = store.list(&Range::Resource(DEFINITIONS.into())).objects;
    let of_group = definitions.iter().filter(|definition| definition.key.name.ends_with(&format!(".{group}")));
    let definition = of_group.map(|found| found.to_value()).find(|found| text(found, "/spec/names/kind") == kind)?;
    version_of(&definition, version)
}
