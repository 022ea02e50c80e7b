//! Proposing a change to the store, and what its refusal means.

mod fault;
mod propose;

pub(crate) use fault::{Fault, RETRIES, modified, unavailable};
pub(crate) use propose::{Extras, Proposal, draft, propose};
