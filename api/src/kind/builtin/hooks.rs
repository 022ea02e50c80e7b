//! The hooks of each row.

use super::{defaults, deletion, prepare, validate, warn};
use crate::kind::{Hooks, Kind};

/// The hooks of a built-in row.
pub(super) fn hooks_of(kind: &Kind) -> Hooks {
    let (prepare_create, prepare_update) = prepare::of(kind);
    let hooks =
        validate::hooks(Hooks { default: defaults::apply, prepare_create, prepare_update, warn: warn::warn, ..Hooks::default() });
    match (&*kind.group, &*kind.kind) {
        ("", "Pod") => Hooks { prepare_status: prepare::pod_status, grace: deletion::pod_grace, ..hooks },
        ("resource.k8s.io", "ResourceSlice") => Hooks { stamp: prepare::stamp_taints, ..hooks },
        ("apps", "DaemonSet") => Hooks { prepare_status: prepare::daemon_set_status, ..hooks },
        ("", "Namespace") => Hooks { terminate: deletion::namespace_terminate, held: deletion::namespace_held, ..hooks },
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Hooks { terminate: deletion::definition_terminate, ..hooks },
        _ => hooks,
    }
}
