//! The status of a Deployment.

use kontiki_api::time::Time;
use kontiki_api::view::{Condition, Deployment, DeploymentStatus};
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::Seen;
use serde_json::{Value, json};

use super::limits::Limits;
use super::sets::{Sets, size};
use crate::common::conditions::{Says, to_value};
use crate::common::intents::merge_status;

/// Counts over `sets`, with the conditions as last told but for `Available`.
pub(super) fn count(deployment: &Seen<Deployment>, sets: &Sets<'_>, limits: &Limits, now: Time) -> DeploymentStatus {
    let told = &deployment.status;
    let available: i32 = sets.all().map(|set| set.status.available_replicas).sum();
    let mut status = DeploymentStatus {
        observed_generation: deployment.head().generation,
        replicas: sets.all().map(|set| set.status.replicas).sum(),
        updated_replicas: sets.newest.map_or(0, |set| set.status.replicas),
        ready_replicas: sets.all().map(|set| set.status.ready_replicas).sum(),
        available_replicas: available,
        unavailable_replicas: (sets.all().map(|set| size(set)).sum::<i32>() - available).max(0),
        collision_count: told.collision_count,
        conditions: told.conditions.clone(),
    };
    let says = if available >= limits.least_available() {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let says = Says { r#type: "Available", status: says.0, reason: says.1, message: says.2 };
    set_condition(&mut status.conditions, says, now);
    status
}

/// Sets a condition; where it says the same by status and reason already, nothing of it changes.
pub(super) fn set_condition(conditions: &mut Vec<Condition>, says: Says<'_>, now: Time) {
    let at = conditions.iter().position(|condition| *condition.r#type == *says.r#type);
    let old = at.and_then(|at| conditions.get(at));
    if old.is_some_and(|old| *old.status == *says.status && *old.reason == *says.reason) {
        return;
    }
    crate::common::conditions::set(conditions, says, now);
    if let Some(set) = conditions.last_mut() {
        set.last_update_time = Some(now);
    }
}

/// The patch that tells `status`, where it is news.
pub(super) fn tell(deployment: &Seen<Deployment>, status: &DeploymentStatus) -> Option<Intent> {
    if *status == deployment.status {
        return None;
    }
    let patch = json!({
        "observedGeneration": status.observed_generation,
        "replicas": or_null(status.replicas),
        "updatedReplicas": or_null(status.updated_replicas),
        "readyReplicas": or_null(status.ready_replicas),
        "availableReplicas": or_null(status.available_replicas),
        "unavailableReplicas": or_null(status.unavailable_replicas),
        "collisionCount": status.collision_count,
        "conditions": to_value(&status.conditions),
    });
    Some(merge_status(deployment.precondition(), patch))
}

fn or_null(count: i32) -> Value {
    if count == 0 { Value::Null } else { count.into() }
}
