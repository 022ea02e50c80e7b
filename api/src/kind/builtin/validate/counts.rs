//! The counts in the status of controllers and budgets.

use serde_json::Value;

use super::number;
use crate::kind::validate::{Faults, Path};

const STATUS: Path<'static> = Path::new("status");
/// What a controller counts of its replicas: no more than there are.
const PARTS: [&str; 4] = ["readyReplicas", "availableReplicas", "updatedReplicas", "fullyLabeledReplicas"];
const FURTHER: [&str; 5] = ["replicas", "unavailableReplicas", "terminatingReplicas", "observedGeneration", "collisionCount"];

/// Replication controllers, deployments and their sets.
pub(super) fn replicas(new: &Value, old: &Value, faults: &mut Faults) {
    not_negative(new, &FURTHER, faults);
    parts(new, &PARTS, "readyReplicas", faults);
    collisions(new, old, faults);
}

pub(super) fn stateful_set(new: &Value, old: &Value, faults: &mut Faults) {
    not_negative(new, &["replicas", "observedGeneration", "collisionCount"], faults);
    let own = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];
    parts(new, &own, "status.readyReplicas", faults);
    collisions(new, old, faults);
}

pub(super) fn daemon_set(new: &Value, old: &Value, faults: &mut Faults) {
    let counts = [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ];
    not_negative(new, &counts, faults);
    collisions(new, old, faults);
}

pub(super) fn autoscaler(new: &Value, _old: &Value, faults: &mut Faults) {
    not_negative(new, &["currentReplicas", "desiredReplicas"], faults);
}

pub(super) fn disruption_budget(new: &Value, _old: &Value, faults: &mut Faults) {
    not_negative(new, &["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"], faults);
}

fn not_negative(object: &Value, fields: &[&str], faults: &mut Faults) {
    for field in fields {
        faults.not_negative(&STATUS.child(field), object["status"].get(*field));
    }
}

/// Parts of the replicas are counts, and no more than the whole; those available are ready, which `ready` is the name of.
fn parts(object: &Value, fields: &[&str], ready: &str, faults: &mut Faults) {
    not_negative(object, fields, faults);
    let status = &object["status"];
    let most = number(status, "replicas");
    for field in fields.iter().filter(|field| status.get(**field).is_some() && number(status, field) > most) {
        faults.invalid(&STATUS.child(field), &status[*field], "cannot be greater than status.replicas");
    }
    if number(status, "availableReplicas") > number(status, "readyReplicas") {
        let why = format!("cannot be greater than {ready}");
        faults.invalid(&STATUS.child("availableReplicas"), &status["availableReplicas"], why);
    }
}

/// Names that were taken stay counted.
fn collisions(new: &Value, old: &Value, faults: &mut Faults) {
    let of = |object: &Value| object["status"].get("collisionCount").and_then(Value::as_i64);
    if of(old).is_some_and(|before| of(new).is_none_or(|after| after < before)) {
        faults.invalid(&STATUS.child("collisionCount"), &of(new).unwrap_or_default().into(), "cannot be decremented");
    }
}
