//! The last step of a write.

use std::sync::Arc;

use kontiki_api::meta::Key;
use kontiki_api::object::{Draft, Object};
use kontiki_store::{Op, Requirement};
use serde_json::Value;

use super::Context;
use crate::commit::{Extras, Fault, Proposal, draft, propose};
use crate::custom::{served_one, to_storage};

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is there from now on.
    Stays,
    /// It goes, and was this in the end. Watchers are told what it was before.
    Goes,
    /// It goes, but not before watchers have seen it like this: both in one commit, so that nobody finds it half gone.
    SeenAndGoes,
}

impl Fate {
    fn ops(self, draft: Draft) -> Vec<Op> {
        match self {
            Self::Stays => vec![Op::Put(draft)],
            Self::Goes => vec![Op::Delete(Some(draft))],
            Self::SeenAndGoes => vec![Op::Put(draft.clone()), Op::Delete(Some(draft))],
        }
    }
}

/// Stores `object` at `key`, or deletes it, as its `fate` is, and answers it as the request's row serves it.
///
/// # Errors
/// As [`propose`]; 500 where it cannot be converted to the version that is stored, or back.
pub(crate) async fn store(
    ctx: &Context<'_>,
    attempt: u32,
    key: Key,
    requirement: Requirement,
    object: Value,
    extras: Extras,
    fate: Fate,
) -> Result<Arc<Object>, Fault> {
    let ops = fate.ops(draft(ctx, key.clone(), to_storage(&ctx.server.webhooks, ctx.kind, object).await?));
    let stored = propose(ctx, attempt, Proposal { key, requirement, ops }, extras).await?;
    Ok(served_one(&ctx.server.webhooks, ctx.kind, stored).await?.object)
}
