//! The ReplicaSet of the present template: found and kept in step, or made.

use kontiki_api::meta::NsName;
use kontiki_api::view::{Deployment, ReplicaSet};
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::{Seen, World};
use serde_json::{Map, Value, json};

use super::annotations;
use super::draft::Draft;
use super::hash::template_hash;
use super::limits::{Limits, is_rolling};
use super::sets::{HASH_LABEL, Sets, size};
use crate::common::owners::controller_ref;

/// The ReplicaSet that the present template is to have.
pub(super) struct NewSet {
    /// Its name.
    pub name: String,
    /// Its first size.
    pub size: i32,
    /// What makes it.
    pub create: Intent,
}

/// Keeps annotations and `minReadySeconds` of the present template's ReplicaSet in step.
pub(super) fn keep_in_step<'w>(deployment: &Deployment, sets: &Sets<'w>, draft: &mut Draft<'w>) {
    if let Some(set) = sets.newest {
        let wanted = annotations::of_newest(deployment, Some(&set.metadata), sets.next_revision());
        let missing = annotations::missing(&set.metadata, wanted.iter().map(|(name, value)| (&**name, value.clone())));
        draft.annotate(set, missing);
        draft.set_min_ready(set, deployment.spec.min_ready_seconds);
    }
}

/// The revision that `deployment` is to be annotated with, where it is not yet.
pub(super) fn revision_to_tell(deployment: &Deployment, sets: &Sets<'_>) -> Option<String> {
    let present = sets.newest.map_or(0, |set| annotations::revision(&set.metadata)).max(sets.next_revision());
    (annotations::revision(&deployment.metadata) != present).then(|| present.to_string())
}

/// The ReplicaSet to make for the present template; `None` where another one has its name, so that the next hash
/// is to be tried.
pub(super) fn make(world: &World, deployment: &Seen<Deployment>, sets: &Sets<'_>, limits: &Limits) -> Option<NewSet> {
    let collisions = deployment.status.collision_count.unwrap_or_default();
    let hash = template_hash(&deployment.spec.template, collisions);
    let name = format!("{}-{hash}", deployment.name());
    if world.get::<ReplicaSet>(&NsName::new(deployment.namespace().clone(), name.as_str())).is_some() {
        return None;
    }
    let replicas = first_size(deployment, sets, limits);
    let mut own = annotations::of_newest(deployment, None, sets.next_revision());
    own.extend(annotations::of_size(limits).map(|(key, value)| (key.into(), value)));
    let template = labelled(&deployment.spec.template, "/metadata/labels", &hash);
    let object = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": name, "namespace": deployment.namespace(),
            "labels": template.pointer("/metadata/labels"), "annotations": own,
            "ownerReferences": [controller_ref(deployment)],
        },
        "spec": {
            "replicas": replicas,
            "minReadySeconds": deployment.spec.min_ready_seconds,
            "selector": labelled(&deployment.spec.selector, "/matchLabels", &hash),
            "template": template,
        },
    });
    Some(NewSet { name, size: replicas, create: Intent::Create { object } })
}

fn first_size(deployment: &Deployment, sets: &Sets<'_>, limits: &Limits) -> i32 {
    if !is_rolling(deployment) {
        return limits.replicas;
    }
    let present: i32 = sets.all().map(|set| size(set)).sum();
    limits.replicas.min(limits.replicas + limits.surge - present).max(0)
}

/// `value` with the hash added to the labels at `pointer`, made where they are missing.
fn labelled(value: &Value, pointer: &str, hash: &str) -> Value {
    let mut value = value.clone();
    let mut at = &mut value;
    for step in pointer.split('/').skip(1) {
        if !at.get(step).is_some_and(Value::is_object) {
            at[step] = Map::new().into();
        }
        at = &mut at[step];
    }
    at[HASH_LABEL] = hash.into();
    value
}
