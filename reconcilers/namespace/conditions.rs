//! What the status of a namespace says while it is being emptied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kontiki_api::object::Object;
use kontiki_api::status::Reason;
use kontiki_api::time::Time;
use kontiki_api::view::{Namespace, condition};
use kontiki_runtime::plan::{Intent, IntentOutcome, Outcome};
use kontiki_runtime::world::Seen;
use serde_json::json;

use crate::common::conditions::{Says, holds, set, to_value};
use crate::common::intents::merge_status;

const FAILURE: &str = "NamespaceDeletionContentFailure";
const FAILED: &str = "ContentDeletionFailed";
/// The most refusals that a condition repeats.
const REPEATED: usize = 10;

/// The patch that tells what remains and what the last pass was refused, where it is news.
pub(super) fn tell(namespace: &Seen<Namespace>, content: &[&Arc<Object>], last: Option<&Outcome>, now: Time) -> Option<Intent> {
    let (remaining, finalizers) = (remaining(content), finalizers(content));
    let refused = refused(namespace, last);
    let says = [
        fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
        fine("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        match &refused {
            Some(message) => not_yet(FAILURE, FAILED, message),
            None => fine(FAILURE, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
        },
        match &remaining {
            Some(message) => not_yet("NamespaceContentRemaining", "SomeResourcesRemain", message),
            None => fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
        },
        match &finalizers {
            Some(message) => not_yet("NamespaceFinalizersRemaining", "SomeFinalizersRemain", message),
            None => fine("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
        },
    ];
    let mut conditions = namespace.status.conditions.clone();
    if &*namespace.status.phase == "Terminating" && says.iter().all(|says| holds(&conditions, *says)) {
        return None;
    }
    says.iter().for_each(|says| set(&mut conditions, *says, now));
    let status = json!({ "phase": "Terminating", "conditions": to_value(&conditions) });
    Some(merge_status(namespace.precondition(), status))
}

fn fine<'a>(r#type: &'a str, reason: &'a str, message: &'a str) -> Says<'a> {
    Says { r#type, status: "False", reason, message }
}

fn not_yet<'a>(r#type: &'a str, reason: &'a str, message: &'a str) -> Says<'a> {
    Says { r#type, status: "True", reason, message }
}

/// What the last pass was refused. News wakes the next pass at once, and refusals may differ each time, in a port say:
/// after the first it is told anew at the second, fourth, eighth attempt, and so on.
fn refused(namespace: &Seen<Namespace>, last: Option<&Outcome>) -> Option<String> {
    let last = last?;
    let fault = |outcome: &IntentOutcome| match outcome {
        IntentOutcome::Refused(status) if !matches!(status.reason, Reason::NotFound | Reason::Conflict) => {
            Some(status.message.to_string())
        }
        _ => None,
    };
    let faults: BTreeSet<String> = last.intents.iter().filter_map(fault).collect();
    if faults.is_empty() {
        return None;
    }
    let told = condition(&namespace.status.conditions, FAILURE).filter(|told| *told.reason == *FAILED);
    if let Some(told) = told.filter(|_| !last.attempts.is_power_of_two()) {
        return Some(told.message.to_string());
    }
    let some: Vec<&str> = faults.iter().take(REPEATED).map(String::as_str).collect();
    Some(format!("Failed to delete all resource types, {} remaining: {}", faults.len(), some.join(", ")))
}

fn remaining(content: &[&Arc<Object>]) -> Option<String> {
    let mut counts = BTreeMap::<String, usize>::new();
    for object in content {
        let resource = &object.key.resource;
        *counts.entry(format!("{}.{}", resource.plural(), resource.group())).or_default() += 1;
    }
    let parts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} has {count} resource instances")).collect();
    (!parts.is_empty()).then(|| format!("Some resources are remaining: {}", parts.join(", ")))
}

fn finalizers(content: &[&Arc<Object>]) -> Option<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for finalizer in content.iter().flat_map(|object| &object.head.finalizers) {
        *counts.entry(finalizer).or_default() += 1;
    }
    let parts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect();
    (!parts.is_empty()).then(|| format!("Some content in the namespace has finalizers remaining: {}", parts.join(", ")))
}
