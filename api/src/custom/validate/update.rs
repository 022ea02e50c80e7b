//! A change of a definition.

use serde_json::Value;

use super::paths::list;
use crate::kind::validate::{Faults, Path};

/// The faults of `new` in the place of `old`: the plural never changes; scope and kind not once the definition is established.
pub(crate) fn definition_update(new: &Value, old: &Value, faults: &mut Faults) {
    let (spec, before) = (&new["spec"], &old["spec"]);
    let path = Path::new("spec");
    let names = path.child("names");
    faults.immutable(&names.child("plural"), spec["names"].get("plural"), before["names"].get("plural"));
    let established = list(&old["status"], "conditions")
        .iter()
        .any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    if established {
        faults.immutable(&path.child("scope"), spec.get("scope"), before.get("scope"));
        faults.immutable(&names.child("kind"), spec["names"].get("kind"), before["names"].get("kind"));
    }
}
