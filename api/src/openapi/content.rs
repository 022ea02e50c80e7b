//! What operations take and answer.

use super::action::Action;
use super::definitions::{list_definition, watch_event};
use super::shape::Shape;
use crate::kind::definition_of;

/// The definition of a body, and whether there must be one.
pub(super) struct Body {
    pub definition: String,
    pub required: bool,
}

/// The body that `action` on `shape` takes.
pub(super) fn body(shape: Shape<'_>, action: Action) -> Option<Body> {
    let meta = |kind| definition_of("meta.k8s.io", "v1", kind);
    match action {
        Action::Post | Action::Put => Some(Body { definition: shape.definition(), required: true }),
        Action::Patch => Some(Body { definition: meta("Patch"), required: true }),
        Action::DeleteCollection if shape.row.custom.is_some() => None,
        Action::Delete | Action::DeleteCollection => Some(Body { definition: meta("DeleteOptions"), required: false }),
        _ => None,
    }
}

/// The codes of `action` on `shape` and what they mean.
pub(super) const fn codes(shape: Shape<'_>, action: Action) -> &'static [(&'static str, &'static str)] {
    match action {
        Action::Patch if shape.row.custom.is_some() => &[("200", "OK")],
        Action::Post => &[("200", "OK"), ("201", "Created"), ("202", "Accepted")],
        Action::Put | Action::Patch => &[("200", "OK"), ("201", "Created")],
        Action::Delete => &[("200", "OK"), ("202", "Accepted")],
        _ => &[("200", "OK")],
    }
}

/// The definition of the answer of `action` on `shape`; `None` for text.
pub(super) fn answer(shape: Shape<'_>, action: Action) -> Option<String> {
    match action {
        Action::Connect(_) => None,
        Action::Get if shape.sub.is_some_and(|sub| &*sub.name == "log") => None,
        Action::List => Some(list_definition(shape.row)),
        Action::Watch | Action::WatchList => Some(watch_event()),
        Action::Delete if shape.row.returns_deleted => Some(shape.definition()),
        Action::Delete | Action::DeleteCollection => Some(definition_of("meta.k8s.io", "v1", "Status")),
        _ => Some(shape.definition()),
    }
}
