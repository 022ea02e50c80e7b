//! Probes and hooks: exactly one handler each.

use serde_json::Value;

use super::ports;
use crate::kind::validate::{Faults, Path};

/// The probes and hooks of `container`.
pub(super) fn all(container: &Value, path: &Path<'_>, faults: &mut Faults) {
    for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(field) else { continue };
        let path = path.child(field);
        handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], &path, faults);
        if field != "readinessProbe" && probe.get("successThreshold").is_some_and(|count| count != 1) {
            faults.invalid(&path.child("successThreshold"), &probe["successThreshold"], "must be 1");
        }
    }
    for field in ["postStart", "preStop"] {
        let Some(hook) = container["lifecycle"].get(field) else { continue };
        let lifecycle = path.child("lifecycle");
        handler(hook, &["exec", "httpGet", "tcpSocket", "sleep"], &lifecycle.child(field), faults);
    }
}

fn handler(holder: &Value, kinds: &[&str], path: &Path<'_>, faults: &mut Faults) {
    let given: Vec<&str> = kinds.iter().copied().filter(|kind| holder.get(kind).is_some()).collect();
    if given.is_empty() {
        faults.required(path, "must specify a handler type");
    }
    for (at, kind) in given.into_iter().enumerate() {
        let field = path.child(kind);
        if at > 0 {
            faults.forbidden(&field, "may not specify more than 1 handler type");
        }
        if matches!(kind, "httpGet" | "tcpSocket") {
            ports::reference(holder[kind].get("port"), &field.child("port"), faults);
        }
    }
}
