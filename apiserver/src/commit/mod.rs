//! Proposing a change to the store, and what its refusal means.

mod attempts;
mod fault;
mod propose;
mod turns;

pub(crate) use attempts::{Attempts, RETRIES};
pub(crate) use fault::{Fault, modified, unavailable};
pub(crate) use propose::{Extras, Proposal, draft, propose};
pub(crate) use turns::Turns;
