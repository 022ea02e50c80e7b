//! One change of one object, with what must hold for it.

use std::any::Any;
use std::sync::Arc;

use kontiki_api::custom::Crd;
use kontiki_api::meta::Key;
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::RequestId;
use kontiki_store::{Change, Commit, Op, Precondition, Requirement, Reserve};

use super::Fault;
use crate::write::Context;

/// What plug-ins add to a commit.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// Further conditions.
    pub preconditions: Vec<Precondition>,
    /// Counters to move.
    pub reserves: Vec<Reserve>,
    /// Further changes: reservations and their release.
    pub changes: Vec<Change>,
    /// Kept until the commit is made or refused.
    pub holds: Vec<Box<dyn Any + Send>>,
}

/// The changes of one object.
pub(crate) struct Proposal {
    /// The object.
    pub key: Key,
    /// What must hold of it.
    pub requirement: Requirement,
    /// What becomes of it, one after the other.
    pub ops: Vec<Op>,
}

/// Commits `proposal` and answers the object as published; for a deletion its last state.
///
/// # Errors
/// The refusal; `Stale` where a precondition did not hold.
pub(crate) async fn propose(ctx: &Context<'_>, attempt: u32, proposal: Proposal, extras: Extras) -> Result<Arc<Object>, Fault> {
    let Proposal { key, requirement, ops } = proposal;
    let Extras { mut preconditions, reserves, changes: further, holds: _until_decided } = extras;
    preconditions.push(Precondition { key: key.clone(), requirement });
    preconditions.extend(ctx.kind.custom.as_ref().map(|custom| under(custom.crd())));
    let (sealed, history, last) = (ctx.stored.sealed, ctx.stored.history, ops.len().saturating_sub(1));
    let own = ops.into_iter().map(|op| Change { key: key.clone(), op, sealed, history });
    let commit = Commit {
        id: RequestId(ctx.id.0.wrapping_add(u128::from(attempt))),
        time: ctx.now,
        actor: ctx.request.user.clone(),
        verb: ctx.request.verb,
        manager: ctx.options.manager.clone(),
        cause: ctx.request.cause.clone(),
        leader: ctx.request.leader,
        preconditions,
        reserves,
        changes: own.chain(further).collect(),
    };
    let committed = ctx.server.config.store.commit(commit).await.map_err(|error| Fault::of(error, ctx.kind, &key))?;
    let object = committed.objects.into_iter().nth(last);
    object.ok_or_else(|| Fault::Final(kontiki_api::status::Status::internal("the store answered a commit without its object")))
}

/// What a custom object was checked by must still hold when it is stored.
fn under(crd: &Crd) -> Precondition {
    Precondition { key: crd.object.key.clone(), requirement: Requirement::Revision(crd.object.revision) }
}

/// Serializes `object` as it is stored.
pub(crate) fn draft(ctx: &Context<'_>, key: Key, object: serde_json::Value) -> Draft {
    Draft::new(key, object, &ctx.stored.field_pointers())
}
