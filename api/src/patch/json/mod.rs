//! JSON patch, RFC 6902, as upstream's library carries it out, with upstream's limits and a few of our own.
//!
//! What that library does beside the RFC: `replace` sets a member that is not there, `copy` of one and a missing `value` stand
//! for null, a member that is not there passes a test for null, and indexes may count from the end.

mod operation;
mod pointer;
mod run;
mod spent;

pub(super) use run::patch;

#[cfg(test)]
mod tests;
