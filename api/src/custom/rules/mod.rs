//! `x-kubernetes-validations`: rules in CEL beside a schema.

mod accept;
mod check;
mod ratchet;
mod rule;
mod tree;

pub(super) use accept::{At, Place, Total, accept, form};
pub use tree::Rules;
