//! Resource quotas.
//!
//! Use is counted anew from the objects themselves, not in counters beside them: what is deleted, ends or is repaired
//! by hand is free at once, and nothing can drift. See docs/adr/0018-quotas-are-counted-by-the-leader.md.

mod book;
mod ledger;
mod must_specify;
mod resource_quota;
mod shelf;
#[cfg(test)]
mod tests;

pub(super) use resource_quota::ResourceQuota;
