//! Probes and hooks: exactly one handler each.

use serde_json::Value;

use super::super::format::header;
use super::super::{list, number, text};
use super::ports;
use crate::kind::validate::{Faults, Path};

/// The probes and hooks of `container`, whose pod has `grace` seconds to stop.
pub(super) fn all(container: &Value, grace: Option<i64>, path: &Path<'_>, faults: &mut Faults) {
    for field in ["postStart", "preStop"] {
        let Some(hook) = container["lifecycle"].get(field) else { continue };
        let lifecycle = path.child("lifecycle");
        let field = lifecycle.child(field);
        handler(hook, &["exec", "httpGet", "tcpSocket", "sleep"], &field, faults);
        sleep(hook, grace, &field.child("sleep"), faults);
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(name) else { continue };
        let field = path.child(name);
        handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], &field, faults);
        let grace = probe.get("terminationGracePeriodSeconds");
        if grace.and_then(Value::as_i64).is_some_and(|seconds| seconds <= 0) {
            faults.invalid(
                &field.child("terminationGracePeriodSeconds"),
                &probe["terminationGracePeriodSeconds"],
                "must be greater than 0",
            );
        }
        if name != "readinessProbe" {
            if number(probe, "successThreshold") != 1 {
                faults.invalid(&field.child("successThreshold"), &number(probe, "successThreshold").into(), "must be 1");
            }
        } else if let Some(seconds) = grace {
            faults.invalid(&field.child("terminationGracePeriodSeconds"), seconds, "must not be set for readinessProbes");
        }
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
        } else if matches!(kind, "httpGet" | "tcpSocket") {
            let port = holder[kind].get("port").cloned().unwrap_or_else(|| 0.into());
            ports::reference(Some(&port), &field.child("port"), faults);
        }
    }
}

/// `core.v1.HTTPGetAction`: faults of a header are told of the list.
pub(in super::super) fn headers(action: &Value, path: &Path<'_>, faults: &mut Faults) {
    for name in list(action, "httpHeaders").iter().map(|header| text(header, "name")) {
        for why in header(name) {
            faults.invalid_text(&path.child("httpHeaders"), name, why);
        }
    }
}

fn sleep(hook: &Value, grace: Option<i64>, path: &Path<'_>, faults: &mut Faults) {
    let (Some(action), Some(grace)) = (hook.get("sleep"), grace) else { return };
    let seconds = number(action, "seconds");
    if seconds < 0 || seconds > grace {
        let why = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        faults.invalid(path, &seconds.into(), why);
    }
}
