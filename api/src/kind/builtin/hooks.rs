//! The hooks of each row.

use super::{defaults, deletion, prepare, validate, warn};
use crate::custom;
use crate::kind::{Hooks, Kind, columns};

/// The hooks of a built-in row.
pub(super) fn hooks_of(kind: &Kind) -> Hooks {
    let (prepare_create, prepare_update) = prepare::of(kind);
    let hooks = validate::hooks(Hooks {
        default: defaults::apply,
        prepare_create,
        prepare_update,
        warn: warn::warn,
        warn_update: |new, _| warn::warn(new),
        ..Hooks::default()
    });
    match (&*kind.group, &*kind.kind) {
        ("", "Pod") => Hooks {
            prepare_status: prepare::pod_status,
            row_conditions: columns::pod_conditions,
            grace: deletion::pod_grace,
            ..hooks
        },
        ("", "PersistentVolume") => Hooks { prepare_status: prepare::volume_status, ..hooks },
        ("events.k8s.io", "Event") => Hooks { validate_sent: validate::sent_event, ..hooks },
        ("resource.k8s.io", "ResourceClaim") => Hooks { prepare_status: prepare::resource_claim_status, ..hooks },
        ("resource.k8s.io", "ResourceSlice") => Hooks { stamp: prepare::stamp_taints, ..hooks },
        ("apps", "DaemonSet") => Hooks { prepare_status: prepare::daemon_set_status, ..hooks },
        ("", "Namespace") => Hooks { terminate: deletion::namespace_terminate, held: deletion::namespace_held, ..hooks },
        ("certificates.k8s.io", _) => Hooks { prepare_status: prepare::signing_request_status, ..hooks },
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Hooks {
            terminate: deletion::definition_terminate,
            written: custom::definition_written,
            warn: custom::definition_warnings,
            warn_update: custom::definition_update_warnings,
            ..hooks
        },
        _ => hooks,
    }
}
