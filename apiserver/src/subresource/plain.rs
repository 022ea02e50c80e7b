//! Subresources that are the object itself of which only some places may change.

use kontiki_api::kind::Kind;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use serde_json::Value;

use crate::manage::all_but;
use crate::write::{Context, Edit, Edited, edit_of};

/// Which places each of them may change: a field of a top-level field.
const PLACES: [(&str, &[(&str, &str)]); 3] = [
    ("approval", &[("status", "conditions")]),
    ("ephemeralcontainers", &[("spec", "ephemeralContainers")]),
    ("resize", &[("spec", "containers"), ("spec", "initContainers"), ("spec", "resources")]),
];

/// Of the items of the lists that they may change, the fields that they may change; all where there are none.
const FIELDS: [(&str, &[&str]); 1] = [("resize", &["resources", "resizePolicy"])];

/// The places that subresource `name` may change; `None` where it is none of these.
pub(super) fn may_change(name: &str) -> Option<&'static [(&'static str, &'static str)]> {
    PLACES.iter().find(|(known, _)| *known == name).map(|(_, places)| *places)
}

/// An update or patch cut down to some places.
pub(super) struct Plain {
    whole: Box<dyn Edit>,
    places: &'static [(&'static str, &'static str)],
    fields: &'static [&'static str],
}

impl Plain {
    /// The edit of `request` to an object of `kind`, cut down to `places`.
    ///
    /// # Errors
    /// 415 where the media type is not that of a patch.
    pub fn new(kind: &Kind, request: &Request, places: &'static [(&'static str, &'static str)]) -> Result<Self, Status> {
        let fields = FIELDS.iter().find(|(known, _)| *known == &*request.target.subresource).map(|(_, fields)| *fields);
        Ok(Self { whole: edit_of(kind, request, all_but(places))?, places, fields: fields.unwrap_or_default() })
    }
}

impl Edit for Plain {
    fn check(&self, ctx: &mut Context<'_>) -> Result<(), Status> {
        self.whole.check(ctx)
    }

    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status> {
        let mut edited = self.whole.edit(ctx, current)?;
        let mut object = current.clone();
        for (outer, inner) in self.places {
            let new = edited.object.get_mut(*outer).and_then(|outer| outer.get_mut(*inner)).map(Value::take);
            match new.filter(|new| !new.is_null()) {
                Some(mut new) => {
                    cut_items(&mut new, &current[*outer][*inner], self.fields);
                    object[*outer][*inner] = new;
                }
                // What is left out is taken away: the checks of the kind say whether it may be.
                None => drop(object.get_mut(*outer).and_then(Value::as_object_mut).and_then(|outer| outer.shift_remove(*inner))),
            }
        }
        if let Some(meta) = edited.object.get("metadata").and_then(|meta| meta.get("uid")) {
            object["metadata"]["uid"] = meta.clone();
        }
        if let Some(entries) = edited.object.pointer_mut("/metadata/managedFields").map(Value::take).filter(|_| edited.settled) {
            object["metadata"]["managedFields"] = entries;
        }
        Ok(Edited { object, ..edited })
    }
}

/// Leaves of the items of `new` no change but of `fields`; as upstream, no item where one is not in its place: the checks of the
/// kind tell of that.
fn cut_items(new: &mut Value, old: &Value, fields: &[&str]) {
    let (Some(items), Some(before)) = (new.as_array_mut(), old.as_array()) else { return };
    let in_place = items.iter().zip(before).all(|(item, before)| item.get("name") == before.get("name"));
    if fields.is_empty() || !in_place || items.len() != before.len() {
        return;
    }
    for (item, before) in items.iter_mut().zip(before) {
        let (Some(sent), Some(kept)) = (item.as_object_mut(), before.as_object()) else { continue };
        let mut sent = std::mem::replace(sent, kept.clone());
        for field in fields {
            match sent.shift_remove(*field) {
                Some(value) => item[*field] = value,
                None => drop(item.as_object_mut().and_then(|item| item.shift_remove(*field))),
            }
        }
    }
}
