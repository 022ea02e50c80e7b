//! The ReplicaSets of one Deployment.

use kontiki_api::view::{Deployment, ReplicaSet};
use kontiki_runtime::world::Seen;
use serde_json::Value;

use super::annotations::revision;

/// The label that tells the pods of one template from those of another.
pub(super) const HASH_LABEL: &str = "pod-template-hash";

/// The ReplicaSets of one Deployment: of its present template, and older ones.
pub(super) struct Sets<'w> {
    /// Of the present template.
    pub newest: Option<&'w Seen<ReplicaSet>>,
    /// All others, oldest first.
    pub old: Vec<&'w Seen<ReplicaSet>>,
}

impl<'w> Sets<'w> {
    /// Sorts `sets` by age and finds the one of the template of `deployment`: the oldest, where there are several.
    pub fn of(deployment: &Deployment, mut sets: Vec<&'w Seen<ReplicaSet>>) -> Self {
        sets.sort_by(|a, b| (a.head().created, a.name()).cmp(&(b.head().created, b.name())));
        let at = sets.iter().position(|set| same_template(&set.spec.template, &deployment.spec.template));
        let newest = at.map(|at| sets.remove(at));
        Self { newest, old: sets }
    }

    /// Every one, the newest last.
    pub fn all(&self) -> impl Iterator<Item = &'w Seen<ReplicaSet>> {
        self.old.iter().copied().chain(self.newest)
    }

    /// Old ones that want pods.
    pub fn active_old(&self) -> impl Iterator<Item = &'w Seen<ReplicaSet>> {
        self.old.iter().copied().filter(|set| size(set) > 0)
    }

    /// The revision that the present template has or is to have: one more than any older one's.
    pub fn next_revision(&self) -> i64 {
        self.old.iter().map(|set| revision(&set.metadata)).max().unwrap_or_default() + 1
    }
}

/// How many pods `set` wants.
pub(super) fn size(set: &ReplicaSet) -> i32 {
    set.spec.replicas.unwrap_or(1)
}

/// Whether a ReplicaSet's template is a Deployment's, but for the hash; the other name of the service account says nothing
/// more, and older ReplicaSets lack it, nor does an empty `metadata`, which older Deployments lack.
pub(super) fn same_template(of_set: &Value, of_deployment: &Value) -> bool {
    bare(of_set) == bare(of_deployment)
}

fn bare(template: &Value) -> Value {
    let mut bare = template.clone();
    for (holder, field) in [("/metadata/labels", HASH_LABEL), ("/spec", "serviceAccount")] {
        if let Some(holder) = bare.pointer_mut(holder).and_then(Value::as_object_mut) {
            holder.shift_remove(field);
        }
    }
    for (holder, field) in [("/metadata", "labels"), ("", "metadata")] {
        let Some(holder) = bare.pointer_mut(holder).and_then(Value::as_object_mut) else { continue };
        if holder.get(field).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
            holder.shift_remove(field);
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_differ_in_more_than_hash_and_alias() {
        let template = |account: &str| json!({"metadata": {"labels": {"a": "b"}}, "spec": {"serviceAccountName": account}});
        let (mut set, mut deployment) = (template("x"), template("x"));
        set["metadata"]["labels"][HASH_LABEL] = "1".into();
        deployment["spec"]["serviceAccount"] = "x".into();
        assert!(same_template(&set, &deployment));
        assert!(!same_template(&set, &template("y")));
    }

    #[test]
    fn an_empty_metadata_says_nothing() {
        let set = json!({"metadata": {"labels": {HASH_LABEL: "1"}}, "spec": {}});
        for deployment in
            [json!({"spec": {}}), json!({"metadata": {}, "spec": {}}), json!({"metadata": {"labels": {}}, "spec": {}})]
        {
            assert!(same_template(&set, &deployment), "{deployment}");
        }
        assert!(!same_template(&set, &json!({"metadata": {"annotations": {"a": "b"}}, "spec": {}})));
    }
}
