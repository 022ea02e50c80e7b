//! A change of a definition.

use serde_json::Value;

use super::names;
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

/// The faults of a new status: of the names alone (`ValidateUpdateCustomResourceDefinitionStatus` upstream). A definition stored under older
/// rules has its conditions told all the same, and goes when it is deleted.
pub(crate) fn definition_status(new: &Value, _old: &Value, faults: &mut Faults) {
    let path = Path::new("status");
    names::check(&new["status"]["acceptedNames"], false, &path.child("acceptedNames"), faults);
}
