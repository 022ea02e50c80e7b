//! `x-kubernetes-validations`: rules in CEL beside a schema.

mod accept;
mod check;
mod ratchet;
mod rule;
mod tree;

pub(super) use accept::accept;
pub use tree::Rules;
