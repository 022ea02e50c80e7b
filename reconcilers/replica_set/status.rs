//! The status of a ReplicaSet or ReplicationController.

use kontiki_api::status::{Reason, Status};
use kontiki_api::time::Time;
use kontiki_api::view::{Condition, ReplicaStatus};
use kontiki_runtime::plan::{Intent, IntentOutcome, Outcome};
use kontiki_runtime::world::Seen;
use serde_json::{Value, json};

use super::Replicated;
use super::count::Count;
use crate::common::conditions::{self, Says};
use crate::common::intents::merge_status;

const FAILURE: &str = "ReplicaFailure";

/// The patch that tells `count`, where it is news. `failure` is what the last plan was refused for.
pub(super) fn tell<R: Replicated>(set: &Seen<R>, count: &Count, failure: Option<&Status>, now: Time) -> Option<Intent> {
    let told = set.status();
    let conditions = conditions_after(told, count.replicas < set.replicas(), failure, now);
    let same = told.replicas == count.replicas
        && told.fully_labeled_replicas == count.fully_labeled
        && told.ready_replicas == count.ready
        && told.available_replicas == count.available
        && told.observed_generation == set.head().generation
        && told.conditions == conditions;
    (!same).then(|| {
        merge_status(
            set.precondition(),
            json!({
                "replicas": count.replicas,
                "fullyLabeledReplicas": or_null(count.fully_labeled),
                "readyReplicas": or_null(count.ready),
                "availableReplicas": or_null(count.available),
                "observedGeneration": set.head().generation,
                "conditions": conditions::to_value(&conditions),
            }),
        )
    })
}

/// The refusal in `outcome` that pods could not be made or deleted for. A conflict is no failure, nor is
/// a namespace that is going.
pub(super) fn failure(outcome: Option<&Outcome>) -> Option<&Status> {
    let refusals = outcome.into_iter().flat_map(|outcome| &outcome.intents).filter_map(|intent| match intent {
        IntentOutcome::Refused(status) => Some(status),
        _ => None,
    });
    let mut refusals = refusals.filter(|status| {
        let going = status.details.causes.iter().any(|cause| cause.reason == "NamespaceTerminating");
        !going && !matches!(status.reason, Reason::Conflict | Reason::AlreadyExists | Reason::NotFound)
    });
    refusals.next()
}

fn conditions_after(told: &ReplicaStatus, too_few: bool, failure: Option<&Status>, now: Time) -> Vec<Condition> {
    let mut list = told.conditions.clone();
    let Some(status) = failure else {
        list.retain(|condition| &*condition.r#type != FAILURE);
        return list;
    };
    let reason = if too_few { "FailedCreate" } else { "FailedDelete" };
    let already = list.iter().any(|old| &*old.r#type == FAILURE && &*old.reason == reason && &*old.status == "True");
    if !already {
        conditions::set(&mut list, Says { r#type: FAILURE, status: "True", reason, message: &status.message }, now);
    }
    list
}

fn or_null(count: i32) -> Value {
    if count == 0 { Value::Null } else { count.into() }
}
