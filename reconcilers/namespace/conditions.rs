//! What the status of a namespace says while it is being emptied.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::object::Object;
use kontiki_api::time::Time;
use kontiki_api::view::Namespace;
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::Seen;
use serde_json::json;

use crate::common::conditions::{Says, holds, set, to_value};
use crate::common::intents::merge_status;

/// The patch that tells what remains, where it is news.
pub(super) fn tell(namespace: &Seen<Namespace>, content: &[&Arc<Object>], now: Time) -> Option<Intent> {
    let (remaining, finalizers) = (remaining(content), finalizers(content));
    let says = [
        fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
        fine("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        fine(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
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
