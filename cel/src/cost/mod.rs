//! What expressions cost: upstream's model, while they run and beforehand.

mod call;
mod estimate;
mod fold;
mod range;
mod rule;
mod runtime;

pub(crate) use estimate::estimate;
pub(crate) use fold::{fold_condition, fold_end, fold_start, fold_step};
pub use range::{Range, Sizes, Step};
pub(crate) use rule::Rule;
pub(crate) use runtime::{after, before};

/// Making a list.
pub(crate) const LIST: u64 = 10;
/// A call that makes a list.
pub(crate) const LIST_CALL: u64 = LIST + 1;
/// Comparing two items of a list, beside what their text costs.
pub(crate) const PAIR: f64 = 2.0;
/// Making a map.
pub(crate) const MAP: u64 = 30;
/// Making an object.
pub(crate) const MESSAGE: u64 = 40;
/// Walking over one character or byte.
pub(crate) const TRAVERSAL: f64 = 0.1;
/// One character of a regular expression.
pub(crate) const REGEX: f64 = 0.25;
