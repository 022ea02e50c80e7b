//! Changes of pods through `ephemeralcontainers`.

use serde_json::Value;

use super::super::{SPEC, list, text};
use super::annotations::MIRROR;
use crate::kind::validate::{ByText, Faults, Path};

/// Ephemeral containers only come, and not to the pods that a node made by itself.
pub(in super::super) fn ephemeral_containers(new: &Value, old: &Value, faults: &mut Faults) {
    if old["metadata"]["annotations"].get(MIRROR).is_some() {
        return faults.forbidden(&Path::new(""), "static pods do not support ephemeral containers");
    }
    let path: Path<'_> = SPEC;
    let field = path.child("ephemeralContainers");
    let now = ByText::of(list(&new["spec"], "ephemeralContainers"), "name");
    for before in list(&old["spec"], "ephemeralContainers") {
        let name = text(before, "name");
        match now.get(name) {
            None => faults.forbidden(&field, format!("existing ephemeral containers {name:?} may not be removed\n")),
            Some(container) if container != before => {
                faults.forbidden(&field, format!("existing ephemeral containers {name:?} may not be changed\n"));
            }
            Some(_) => {}
        }
    }
}
