//! The hooks of each row.

use super::{defaults, deletion, prepare, validate, warn};
use crate::kind::{Hooks, Kind, columns};

/// The hooks of a built-in row.
pub(super) fn hooks_of(kind: &Kind) -> Hooks {
    let (prepare_create, prepare_update) = prepare::of(kind);
    let hooks =
        validate::hooks(Hooks { default: defaults::apply, prepare_create, prepare_update, warn: warn::warn, ..Hooks::default() });
    match (&*kind.group, &*kind.kind) {
        ("", "Pod") => Hooks {
            prepare_status: prepare::pod_status,
            row_conditions: columns::pod_conditions,
            grace: deletion::pod_grace,
            ..hooks
        },
        ("", "PersistentVolume") => Hooks { prepare_status: prepare::volume_status, ..hooks },
        ("events.k8s.io", "Event") => Hooks { validate_sent: validate::sent_event, ..hooks },
        ("", "Namespace") => Hooks { terminate: deletion::namespace_terminate, held: deletion::namespace_held, ..hooks },
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Hooks { terminate: deletion::definition_terminate, ..hooks },
        _ => hooks,
    }
}
