//! Deleting what a namespace holds, in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::custom::DEFINITIONS;
use kontiki_api::meta::{Key, Resource};
use kontiki_api::object::Object;
use kontiki_runtime::plan::{Intent, Outcome, Precondition};
use kontiki_runtime::world::World;
use serde_json::Value;

use crate::common::intents::delete;
use crate::common::turns;
use crate::common::type_meta::TypeMeta;

/// Most deletions of one pass: the rest follows when these are gone.
const BURST: usize = 500;
/// The rank of kinds that are not known.
const USUAL_RANK: u8 = 1;

/// The versions in which definitions serve the kinds of some objects.
#[derive(Debug, Default)]
pub(super) struct Served(BTreeMap<Resource, Vec<Text>>);

impl Served {
    /// Looks up the definitions of the kinds of `content`.
    pub fn of<'o>(world: &World, content: impl Iterator<Item = &'o Arc<Object>>) -> Self {
        let mut served = BTreeMap::new();
        for object in content {
            let resource = &object.key.resource;
            if served.contains_key(resource) || resource.group().is_empty() {
                continue;
            }
            let name = format!("{}.{}", resource.plural(), resource.group());
            let definition = world.object(&Key::new(DEFINITIONS, "", name));
            served.extend(definition.map(|definition| (resource.clone(), versions(&definition.to_value()))));
        }
        Self(served)
    }

    /// Whether requests can reach `object` at all. As upstream, one that they cannot reach holds nothing up.
    pub fn reaches(&self, object: &Object) -> bool {
        self.0.get(&object.key.resource).is_none_or(|versions| !versions.is_empty())
    }

    /// The version in which requests reach `object`: its own, where that is served.
    fn version(&self, object: &Object) -> Text {
        let own = TypeMeta::of(object).api_version;
        match self.0.get(&object.key.resource) {
            Some(versions) if !versions.contains(&own) => versions.first().cloned().unwrap_or(own),
            _ => own,
        }
    }
}

/// `apiVersion` of each version that `definition` serves.
fn versions(definition: &Value) -> Vec<Text> {
    let group = definition.pointer("/spec/group").and_then(Value::as_str).unwrap_or_default();
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    let served = versions.filter(|version| version.get("served").and_then(Value::as_bool) == Some(true));
    served.filter_map(|version| Some(format!("{group}/{}", version.get("name")?.as_str()?).into())).collect()
}

/// Deletes what is of the lowest rank and not going yet; what is of a higher rank waits until that is gone. `last` is
/// what became of this the last time.
pub(super) fn empty(
    content: &[&Arc<Object>],
    ranks: &BTreeMap<Resource, u8>,
    served: &Served,
    last: Option<&Outcome>,
) -> Vec<Intent> {
    let rank = |object: &Object| ranks.get(&object.key.resource).copied().unwrap_or(USUAL_RANK);
    let Some(lowest) = content.iter().map(|object| rank(object)).min() else { return Vec::new() };
    let due = || content.iter().filter(|object| rank(object) == lowest && object.head.deleted.is_none());
    let start = turns::start(last, BURST, due().count());
    due().skip(start).take(BURST).map(|object| delete(whatever_its_revision(object, served))).collect()
}

/// An object of a namespace that goes is to go too, whatever was last written to it.
fn whatever_its_revision(object: &Object, served: &Served) -> Precondition {
    Precondition { key: object.key.clone(), api_version: served.version(object), uid: object.head.uid.clone(), revision: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_stored_in_a_version_no_longer_served_is_reached_in_another() {
        let definition = json!({"spec": {"group": "example.com",
            "versions": [{"name": "v1", "served": false}, {"name": "v2", "served": true}]}});
        assert_eq!(versions(&definition), [Text::from("example.com/v2")]);
        assert_eq!(versions(&json!({})), Vec::<Text>::new());
    }
}
