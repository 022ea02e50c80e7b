//! What to do about one object.

use std::collections::BTreeMap;

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, OwnerRef, Resource, Uid};
use kontiki_api::object::Object;
use kontiki_api::request::PatchType;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Precondition, Propagation, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Triggers, World};
use serde_json::{Value, json};

use crate::common::type_meta::TypeMeta;

use super::owners::{ByKind, FOREGROUND, ORPHAN, Owners, State, Unsaid, ending_with, reaches};
use crate::common::CATCH_UP;

/// Most dependents freed by one pass: the rest follows.
const AT_ONCE: usize = 500;
/// Deletes objects whose owners are gone and finishes foreground and orphan deletions. One key per object of any kind.
#[derive(Debug)]
pub struct GarbageCollector {
    kinds: Kinds,
    versions: BTreeMap<Resource, Text>,
}

impl GarbageCollector {
    /// A collector over these kinds.
    pub fn new(kinds: Kinds) -> Self {
        let versions = kinds.iter().map(|kind| (kind.resource.clone(), Text::from(kind.api_version()))).collect();
        Self { kinds, versions }
    }
}

impl Default for GarbageCollector {
    fn default() -> Self {
        Self::new(Kinds::builtin())
    }
}

impl Reconciler for GarbageCollector {
    const NAME: &'static str = "garbage-collector";
    type Key = Key;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Key>) {
        on.index::<ByKind>();
        on.any(woken);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Key, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for object in pass.keys.iter().filter_map(|key| world.object(key)) {
            match self.intents(world, object) {
                Some(intents) => plan.intents.extend(intents),
                None => plan = plan.after(CATCH_UP),
            }
        }
        Ok(plan)
    }
}

/// A change concerns the object itself, its dependents where it goes, and its owners where they wait for it.
fn woken(world: &World, key: &Key, before: Option<&Object>, after: Option<&Object>) -> Vec<Key> {
    let mut keys = Vec::new();
    let changed = after.or(before);
    let uid = Uid(changed.map(|object| object.head.uid.clone()).unwrap_or_default());
    if after.is_some_and(|object| !object.head.owners.is_empty() || object.head.deleted.is_some()) {
        keys.push(key.clone());
    }
    if after.is_none_or(|object| object.head.deleted.is_some()) {
        keys.extend(world.dependents(&uid).map(|dependent| dependent.key.clone()));
    }
    let owners = [before, after].into_iter().flatten().flat_map(|object| &object.head.owners);
    let waiting = owners.filter_map(|owner| world.by_uid(&owner.uid)).filter(|owner| owner.head.deleted.is_some());
    keys.extend(waiting.map(|owner| owner.key.clone()));
    keys
}

impl GarbageCollector {
    /// What is to be done about `object`; `None` where the World must know more of other kinds first.
    fn intents(&self, world: &World, object: &Object) -> Option<Vec<Intent>> {
        if ending_with(object, ORPHAN) {
            return self.orphan(world, object);
        }
        if ending_with(object, FOREGROUND) {
            return self.finish_foreground(world, object);
        }
        if object.head.deleted.is_some() || object.head.owners.is_empty() {
            return Some(Vec::new());
        }
        let owners = match Owners::of(object, world, &self.kinds) {
            Ok(owners) => owners,
            Err(Unsaid::Unreachable) => return Some(Vec::new()),
            Err(Unsaid::NotYet) => return None,
        };
        if owners.any(State::Solid) {
            let stale = owners.any(State::Absent) || owners.any(State::Waiting);
            let kept = stale.then(|| self.set_owners(object, &owners.only(State::Solid, object)));
            return Some(kept.into_iter().collect());
        }
        if !owners.any(State::Waiting) {
            return Some(vec![self.delete(object, own_way(object))]);
        }
        Some(vec![self.delete_for_waiting_owner(world, object)])
    }

    /// Dependents let go of an owner that goes without them; then it may go.
    fn orphan(&self, world: &World, object: &Object) -> Option<Vec<Intent>> {
        let uid = Uid(object.head.uid.clone());
        let dependents = world.dependents(&uid).take(AT_ONCE);
        let others = |dependent: &Object| -> Vec<OwnerRef> {
            dependent.head.owners.iter().filter(|owner| owner.uid != uid).cloned().collect()
        };
        let freed: Vec<Intent> = dependents.map(|dependent| self.set_owners(dependent, &others(dependent))).collect();
        if freed.is_empty() { self.finish(world, object, ORPHAN) } else { Some(freed) }
    }

    /// An owner goes when nothing is left that blocks it; its dependents are deleted on their own keys. What it cannot
    /// own, because that is cluster-scoped or in another namespace, blocks nothing.
    fn finish_foreground(&self, world: &World, object: &Object) -> Option<Vec<Intent>> {
        let uid = Uid(object.head.uid.clone());
        let blocks =
            |dependent: &Object| dependent.head.owners.iter().any(|owner| owner.uid == uid && owner.block_owner_deletion);
        let blocked = world.dependents(&uid).any(|dependent| reaches(object, dependent) && blocks(dependent));
        if blocked { Some(Vec::new()) } else { self.finish(world, object, FOREGROUND) }
    }

    /// Takes `finalizer` away, once it is certain that no kind has a dependent that is not seen yet.
    fn finish(&self, world: &World, object: &Object, finalizer: &str) -> Option<Vec<Intent>> {
        world.covers_all(object.revision).then(|| vec![self.drop_finalizer(object, finalizer)])
    }

    /// A dependent that has dependents of its own goes after them. Where one of those waits in turn
    /// there may be a circle: the dependent stops blocking its owner.
    fn delete_for_waiting_owner(&self, world: &World, object: &Object) -> Intent {
        let uid = Uid(object.head.uid.clone());
        let mut dependents = world.dependents(&uid).peekable();
        if dependents.peek().is_none() {
            return self.delete(object, own_way(object));
        }
        let circular = dependents.any(|dependent| ending_with(dependent, FOREGROUND));
        let blocks = object.head.owners.iter().any(|owner| owner.block_owner_deletion);
        if circular && blocks {
            let unblocking = |owner: &OwnerRef| OwnerRef { block_owner_deletion: false, ..owner.clone() };
            return self.set_owners(object, &object.head.owners.iter().map(unblocking).collect::<Vec<_>>());
        }
        self.delete(object, Propagation::Foreground)
    }

    fn set_owners(&self, object: &Object, owners: &[OwnerRef]) -> Intent {
        self.patch(object, json!({ "ownerReferences": owners }))
    }

    fn drop_finalizer(&self, object: &Object, finalizer: &str) -> Intent {
        let kept: Vec<&Text> = object.head.finalizers.iter().filter(|name| &***name != finalizer).collect();
        self.patch(object, json!({ "finalizers": kept }))
    }

    fn patch(&self, object: &Object, metadata: Value) -> Intent {
        let body = json!({ "metadata": metadata });
        Intent::Patch { on: self.precondition(object), subresource: "".into(), r#type: PatchType::Merge, body }
    }

    fn delete(&self, object: &Object, propagation: Propagation) -> Intent {
        Intent::Delete { on: self.precondition(object), grace_seconds: None, propagation }
    }

    fn precondition(&self, object: &Object) -> Precondition {
        Precondition {
            key: object.key.clone(),
            api_version: self.versions.get(&object.key.resource).cloned().unwrap_or_else(|| TypeMeta::of(object).api_version),
            uid: object.head.uid.clone(),
            revision: Some(object.revision),
        }
    }
}

/// What the finalizers of `object` say that becomes of its dependents.
fn own_way(object: &Object) -> Propagation {
    let has = |finalizer: &str| object.head.finalizers.iter().any(|name| &**name == finalizer);
    match (has(ORPHAN), has(FOREGROUND)) {
        (true, _) => Propagation::Orphan,
        (false, true) => Propagation::Foreground,
        (false, false) => Propagation::Background,
    }
}
