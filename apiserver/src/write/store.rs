//! The last step of a write.

use std::sync::Arc;

use kontiki_api::meta::Key;
use kontiki_api::object::{Draft, Object};
use kontiki_store::{Op, Requirement};
use serde_json::Value;

use super::Context;
use crate::commit::{Extras, Fault, Proposal, draft, propose};
use crate::custom::{served_one, to_storage};

/// Stores `object` at `key`, or deletes it as it is now, as `op` says, and answers it as the request's row serves it.
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
    op: fn(Draft) -> Op,
) -> Result<Arc<Object>, Fault> {
    let op = op(draft(ctx, key.clone(), to_storage(&ctx.server.webhooks, ctx.kind, object).await?));
    let stored = propose(ctx, attempt, Proposal { key, requirement, op }, extras).await?;
    Ok(served_one(&ctx.server.webhooks, ctx.kind, stored).await?.object)
}
