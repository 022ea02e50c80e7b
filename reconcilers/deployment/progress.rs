//! Whether an update moves: the conditions `Progressing` and `ReplicaFailure`.

use std::time::Duration;

use kontiki_api::time::Time;
use kontiki_api::view::{Condition, Deployment, DeploymentStatus, condition};
use kontiki_runtime::world::Seen;

use super::sets::Sets;
use super::status::set_condition;
use crate::common::conditions::Says;

const PROGRESSING: &str = "Progressing";
const FAILURE: &str = "ReplicaFailure";
const COMPLETE: &str = "NewReplicaSetAvailable";
const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const PAUSED: &str = "DeploymentPaused";

/// Whether every wanted pod is there, of the newest template and available, and no other.
pub(super) fn is_complete(deployment: &Seen<Deployment>, status: &DeploymentStatus) -> bool {
    let wanted = deployment.spec.replicas.unwrap_or(1);
    status.updated_replicas == wanted
        && status.replicas == wanted
        && status.available_replicas == wanted
        && status.observed_generation >= deployment.head().generation
}

/// Notes that an update is held back, or no longer.
pub(super) fn note_pause(deployment: &Deployment, status: &mut DeploymentStatus, now: Time) {
    let present = reason(status);
    let says = match (deployment.spec.paused, present == Some(PAUSED)) {
        _ if deadline(deployment).is_none() || present == Some(TIMED_OUT) => return,
        (true, false) => unknown(PAUSED, "Deployment is paused"),
        (false, true) => unknown("DeploymentResumed", "Deployment is resumed"),
        _ => return,
    };
    set_condition(&mut status.conditions, says, now);
}

/// Notes that the ReplicaSet of the present template is made or was found.
pub(super) fn note_newest(
    deployment: &Deployment,
    made: Option<&str>,
    sets: &Sets<'_>,
    status: &mut DeploymentStatus,
    now: Time,
) {
    if deadline(deployment).is_none() {
        return;
    }
    let (reason, message) = match (made, sets.newest) {
        (Some(name), _) => ("NewReplicaSetCreated", format!("Created new replica set {name:?}")),
        (None, Some(set)) if condition(&status.conditions, PROGRESSING).is_none() => {
            ("FoundNewReplicaSet", format!("Found new replica set {:?}", &**set.name()))
        }
        _ => return,
    };
    set_condition(&mut status.conditions, Says { r#type: PROGRESSING, status: "True", reason, message: &message }, now);
}

/// Notes how far the update came since the status was last told. When to look again, where it may time out.
pub(super) fn note_progress(
    deployment: &Seen<Deployment>,
    sets: &Sets<'_>,
    status: &mut DeploymentStatus,
    now: Time,
) -> Option<Duration> {
    note_failure(sets, status, now);
    let deadline = deadline(deployment)?;
    if status.replicas == status.updated_replicas && reason(status) == Some(COMPLETE) {
        return None;
    }
    let subject = match sets.newest {
        Some(set) => format!("ReplicaSet {:?}", &**set.name()),
        None => format!("Deployment {:?}", &**deployment.name()),
    };
    if is_complete(deployment, status) {
        say(status, "True", COMPLETE, &format!("{subject} has successfully progressed."), now);
        return None;
    }
    if has_progressed(&deployment.status, status) {
        // Said again although it is said already: the time of the last progress moves.
        let before = condition(&status.conditions, PROGRESSING).filter(|before| &*before.status == "True").cloned();
        status.conditions.retain(|condition| &*condition.r#type != PROGRESSING);
        say(status, "True", "ReplicaSetUpdated", &format!("{subject} is progressing."), now);
        if let (Some(before), Some(set)) = (before, status.conditions.last_mut()) {
            set.last_transition_time = before.last_transition_time;
        }
        return Some(deadline);
    }
    let left = time_left(status, deadline, now)?;
    if left.is_zero() {
        say(status, "False", TIMED_OUT, &format!("{subject} has timed out progressing."), now);
        return None;
    }
    Some(left)
}

fn note_failure(sets: &Sets<'_>, status: &mut DeploymentStatus, now: Time) {
    let failing = sets.newest.into_iter().chain(sets.old.iter().copied());
    let failure: Option<&Condition> = failing.into_iter().find_map(|set| condition(&set.view.status.conditions, FAILURE));
    match failure {
        Some(failure) => {
            let says = Says { r#type: FAILURE, status: "True", reason: &failure.reason, message: &failure.message };
            set_condition(&mut status.conditions, says, now);
        }
        None => status.conditions.retain(|condition| &*condition.r#type != FAILURE),
    }
}

fn has_progressed(before: &DeploymentStatus, now: &DeploymentStatus) -> bool {
    let old_pods = |status: &DeploymentStatus| status.replicas - status.updated_replicas;
    now.updated_replicas > before.updated_replicas
        || old_pods(now) < old_pods(before)
        || now.ready_replicas > before.ready_replicas
        || now.available_replicas > before.available_replicas
}

/// How long until the update counts as failed; `None` where it does already, or does not move at all.
fn time_left(status: &DeploymentStatus, deadline: Duration, now: Time) -> Option<Duration> {
    let progressing = condition(&status.conditions, PROGRESSING)?;
    if matches!(&*progressing.reason, TIMED_OUT | PAUSED | COMPLETE) {
        return None;
    }
    Some(progressing.last_update_time?.plus(deadline).since(now))
}

fn deadline(deployment: &Deployment) -> Option<Duration> {
    let seconds = deployment.spec.progress_deadline_seconds.unwrap_or(600);
    // The greatest number stands for no deadline, as upstream has it.
    (seconds != i32::MAX).then(|| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn reason(status: &DeploymentStatus) -> Option<&str> {
    condition(&status.conditions, PROGRESSING).map(|progressing| &*progressing.reason)
}

fn unknown<'a>(reason: &'a str, message: &'a str) -> Says<'a> {
    Says { r#type: PROGRESSING, status: "Unknown", reason, message }
}

fn say(status: &mut DeploymentStatus, value: &str, reason: &str, message: &str, now: Time) {
    set_condition(&mut status.conditions, Says { r#type: PROGRESSING, status: value, reason, message }, now);
}
