//! Adoption and release: an object belongs to the one controller that its owner reference names,
//! and only while the controller's selector matches it (`ControllerRefManager` of upstream).

use kontiki_api::selector::LabelSelector;
use kontiki_api::view::View;
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::Seen;
use serde_json::{Value, json};

use super::intents::merge;
use super::owners::{controller_ref, owner_refs};

/// What belongs to an owner, and what it takes to make that so.
pub(crate) struct Claim<'w, V> {
    /// The owner's own, those to be adopted among them.
    pub owned: Vec<&'w Seen<V>>,
    /// Adoptions and releases.
    pub intents: Vec<Intent>,
}

/// Claims for `owner` from its `dependents` and from `orphans`, which have no controller.
pub(crate) fn claim<'w, O: View, V: View>(
    owner: &Seen<O>,
    selector: &LabelSelector,
    dependents: impl Iterator<Item = &'w Seen<V>>,
    orphans: impl Iterator<Item = &'w Seen<V>>,
) -> Claim<'w, V> {
    let mut claim = Claim { owned: Vec::new(), intents: Vec::new() };
    let going = owner.head().deleted.is_some();
    let mine = |seen: &&Seen<V>| seen.head().controller().is_some_and(|by| *by.uid.0 == *owner.head().uid);
    for seen in dependents.filter(mine) {
        if selector.matches_head(seen.head()) {
            claim.owned.push(seen);
        } else if !going {
            claim.intents.push(release(owner, seen));
        }
    }
    let adoptable = |seen: &&Seen<V>| {
        let head = seen.head();
        head.controller().is_none() && head.deleted.is_none() && selector.matches_head(head)
    };
    for seen in orphans.filter(|_| !going).filter(adoptable) {
        claim.owned.push(seen);
        claim.intents.push(adopt(owner, seen));
    }
    claim
}

fn adopt<O: View, V: View>(owner: &Seen<O>, seen: &Seen<V>) -> Intent {
    let mut owners = match owner_refs(others(owner, seen)) {
        Value::Array(owners) => owners,
        _ => Vec::new(),
    };
    owners.push(controller_ref(owner));
    merge(seen.precondition(), json!({ "metadata": { "ownerReferences": owners } }))
}

fn release<O: View, V: View>(owner: &Seen<O>, seen: &Seen<V>) -> Intent {
    merge(seen.precondition(), json!({ "metadata": { "ownerReferences": owner_refs(others(owner, seen)) } }))
}

fn others<'a, O: View, V: View>(owner: &'a Seen<O>, seen: &'a Seen<V>) -> impl Iterator<Item = &'a kontiki_api::meta::OwnerRef> {
    seen.head().owners.iter().filter(|by| *by.uid.0 != *owner.head().uid)
}
