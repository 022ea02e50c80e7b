//! Deleting what a namespace holds, in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::meta::Resource;
use kontiki_api::object::Object;
use kontiki_runtime::plan::{Intent, Precondition};

use crate::common::intents::delete;
use crate::common::type_meta::TypeMeta;

/// Most deletions of one pass: the rest follows when these are gone.
const BURST: usize = 500;
/// The rank of kinds that are not known.
const USUAL_RANK: u8 = 1;

/// Deletes what is of the lowest rank and not going yet; what is of a higher rank waits until that is gone.
pub(super) fn empty(content: &[&Arc<Object>], ranks: &BTreeMap<Resource, u8>) -> Vec<Intent> {
    let rank = |object: &Object| ranks.get(&object.key.resource).copied().unwrap_or(USUAL_RANK);
    let Some(lowest) = content.iter().map(|object| rank(object)).min() else { return Vec::new() };
    let due = content.iter().filter(|object| rank(object) == lowest && object.head.deleted.is_none());
    due.take(BURST).map(|object| delete(whatever_its_revision(object))).collect()
}

/// An object of a namespace that goes is to go too, whatever was last written to it.
fn whatever_its_revision(object: &Object) -> Precondition {
    Precondition {
        key: object.key.clone(),
        api_version: TypeMeta::of(object).api_version,
        uid: object.head.uid.clone(),
        revision: None,
    }
}
