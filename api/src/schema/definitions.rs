//! The definitions of the built-in kinds.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::sync::{LazyLock, OnceLock};

use flate2::read::DeflateDecoder;
use serde_json::value::RawValue;

use super::read::{Raw, Reader};
use super::{ByName, Schema};

/// Deflated JSON: definitions by name, without descriptions. Made by `build.rs`.
const MODEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/model.json.z"));

/// Definitions live as long as the process: they refer to one another, also in circles.
type Slots = ByName<&'static OnceLock<Schema>>;

static DEFINITIONS: LazyLock<Slots> = LazyLock::new(load);

/// The built-in definition called `name`, such as `io.k8s.api.apps.v1.Deployment`.
pub fn definition(name: &str) -> Option<&'static Schema> {
    slot(name)?.get()
}

/// Where the definition called `name` is or will be.
pub(super) fn slot(name: &str) -> Option<&'static OnceLock<Schema>> {
    DEFINITIONS.get(name).copied()
}

fn load() -> Slots {
    let mut json = Vec::new();
    let inflated = DeflateDecoder::new(MODEL).read_to_end(&mut json).is_ok();
    debug_assert!(inflated, "build.rs wrote a stream that does not inflate");
    let texts: BTreeMap<&str, &RawValue> = serde_json::from_slice(&json).unwrap_or_default();
    debug_assert!(!texts.is_empty(), "build.rs wrote definitions that do not read");
    let slots: Slots = texts.keys().map(|name| ((*name).to_owned(), &*Box::leak(Box::new(OnceLock::new())))).collect();
    let mut reader = Reader { texts: HashSet::new(), find: &|name| slots.get(name).copied() };
    for (name, text) in &texts {
        let raw: Raw = serde_json::from_str(text.get()).unwrap_or_default();
        if let Some(slot) = slots.get(*name) {
            let _ = slot.set(reader.definition(name, &raw));
        }
    }
    slots
}

/// The full names of all fields.
#[cfg(test)]
pub(super) fn field_names() -> impl Iterator<Item = String> {
    let objects = DEFINITIONS.values().filter_map(|slot| match slot.get() {
        Some(Schema::Object(object)) => Some(object),
        _ => None,
    });
    objects.flat_map(|object| object.fields.iter().map(move |field| format!("{}.{}", object.name, field.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Kinds, definition_of};
    use crate::schema::{ListType, Scalar};

    #[test]
    fn every_row_and_every_body_has_a_definition() {
        for row in Kinds::builtin().iter() {
            assert!(definition(&row.definition).is_some(), "{}", row.definition);
            for sub in row.subresources.iter().filter(|sub| !sub.kind.ends_with("Options")) {
                assert!(definition(&definition_of(&sub.group, &sub.version, &sub.kind)).is_some(), "{}", sub.kind);
            }
        }
    }

    #[test]
    fn facts_reach_the_model() {
        let pod = definition("io.k8s.api.core.v1.PodSpec").unwrap();
        let Some(Schema::List(containers)) = pod.member("containers") else { panic!("containers is a list") };
        assert_eq!((containers.list_type, containers.merge_key.as_deref()), (ListType::Map, Some("name")));
        let Some(Schema::List(ports)) = containers.items.member("ports") else { panic!("ports is a list") };
        assert_eq!(ports.keys.iter().map(|key| &**key).collect::<Vec<_>>(), ["containerPort", "protocol"]);
        assert!(matches!(ports.items.member("containerPort"), Some(Schema::Scalar(Scalar::Int32))));
        assert!(pod.as_object().unwrap().field("volumes").unwrap().retain_keys);
        let Some(Schema::Map(selector)) = pod.member("nodeSelector") else { panic!("nodeSelector is a map") };
        assert!(selector.atomic);
        let limits = definition("io.k8s.api.core.v1.ResourceRequirements").unwrap().member("limits").unwrap();
        assert!(matches!(limits.member("cpu"), Some(Schema::Scalar(Scalar::Quantity))));
    }

    #[test]
    fn a_definition_may_refer_to_itself() {
        let props = definition("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps").unwrap();
        assert!(props.member("not").and_then(|not| not.member("not")).is_some());
    }
}
