//! What definitions were granted so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use serde::Deserialize;
use serde_json::Value;

/// The names granted to every definition, read once per revision: there may be thousands, and one may change often.
#[derive(Debug, Default)]
pub(super) struct Granted(BTreeMap<Text, Grant>);

/// What one definition was granted.
#[derive(Debug)]
pub(super) struct Grant {
    revision: Revision,
    /// `status.acceptedNames`.
    pub names: Value,
    /// Whether it does not have all the names that it wants.
    pub waits: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Definition {
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    accepted_names: Value,
    conditions: Vec<Condition>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Condition {
    r#type: Text,
    status: Text,
}

impl Granted {
    /// Brings it into line with `all` definitions.
    pub fn follow(&mut self, all: &[Arc<Object>]) {
        let mut before = std::mem::take(&mut self.0);
        for object in all {
            let name = &object.key.name;
            let known = before.remove(name).filter(|known| known.revision == object.revision);
            self.0.insert(name.clone(), known.unwrap_or_else(|| Grant::read(object)));
        }
    }

    /// The definitions of `group`, by name.
    pub fn of_group<'a>(&'a self, group: &'a str) -> impl Iterator<Item = (&'a Text, &'a Grant)> {
        self.0.iter().filter(move |(name, _)| group_of(name) == group)
    }
}

impl Grant {
    fn read(object: &Object) -> Self {
        let Definition { status } = serde_json::from_slice(&object.value.whole()).unwrap_or_default();
        let accepted = |condition: &Condition| &*condition.r#type == "NamesAccepted" && &*condition.status == "True";
        Self { revision: object.revision, waits: !status.conditions.iter().any(accepted), names: status.accepted_names }
    }
}

/// The group of the definition called `name`, which is `<plural>.<group>`.
pub(super) fn group_of(name: &str) -> &str {
    name.split_once('.').map_or("", |(_, group)| group)
}
