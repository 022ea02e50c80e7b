//! Volumes of a pod.

use serde_json::Value;

use super::containers::inside;
use super::list;
use crate::kind::validate::{Faults, Path};

/// The volumes at `path`: one source each, items that stay inside.
pub(super) fn all(volumes: &[Value], path: &Path<'_>, faults: &mut Faults) {
    for (at, volume) in volumes.iter().enumerate() {
        let at = path.index(at);
        let mut sources = volume.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).filter(|name| *name != "name");
        if let Some(kind) = sources.next() {
            items(&volume[kind], &at.child(kind), faults);
        }
        for extra in sources {
            faults.forbidden(&at.child(extra), "may not specify more than 1 volume type");
        }
    }
}

fn items(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    for (at, item) in list(source, "items").iter().enumerate() {
        let field = path.child("items");
        let at = field.index(at);
        inside(super::text(item, "path"), &at.child("path"), faults);
    }
    for (at, projected) in list(source, "sources").iter().enumerate() {
        let field = path.child("sources");
        let at = field.index(at);
        for (kind, projection) in projected.as_object().into_iter().flatten() {
            items(projection, &at.child(kind), faults);
        }
    }
}
