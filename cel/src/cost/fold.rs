//! Comprehensions cost what upstream's expansion of them into accumulator, condition, step and result costs.

use super::{LIST, MAP};
use crate::syntax::FoldKind;

/// Setting up the accumulator.
pub(crate) const fn fold_start(kind: FoldKind) -> u64 {
    match kind {
        FoldKind::All | FoldKind::Exists | FoldKind::ExistsOne => 0,
        FoldKind::List | FoldKind::Filter => LIST,
        FoldKind::Map | FoldKind::Entry => MAP,
    }
}

/// The condition before each iteration.
pub(crate) const fn fold_condition(kind: FoldKind) -> u64 {
    match kind {
        FoldKind::All => 2,
        FoldKind::Exists => 3,
        _ => 0,
    }
}

/// Each iteration beside the step's own expressions, where the element is taken or not.
pub(crate) const fn fold_step(kind: FoldKind, taken: bool) -> u64 {
    match (kind, taken) {
        (FoldKind::All | FoldKind::Exists, _) | (_, false) => 1,
        (FoldKind::ExistsOne, true) => 2,
        (FoldKind::List, true) => LIST + 2,
        (FoldKind::Filter, true) => LIST + 3,
        (FoldKind::Map, true) => 3,
        (FoldKind::Entry, true) => 2,
    }
}

/// The result.
pub(crate) const fn fold_end(kind: FoldKind) -> u64 {
    match kind {
        FoldKind::ExistsOne => 2,
        _ => 1,
    }
}
