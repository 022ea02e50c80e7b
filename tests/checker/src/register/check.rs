use super::Register;
use super::search::search;
use super::spans::spans;
use super::zones::check_zones;
use crate::{Contradiction, Operation};

/// Whether the operations on one register, which holds `initial` at first, are linearizable.
///
/// What two values say of each other is looked at first, for the sake of a short verdict. Then the orders are
/// searched, operation by operation in the order of their returns, all open orders side by side; that takes time
/// linear in the operations and exponential only in how many are open at the same time.
///
/// # Errors
/// What contradicts what. [`Contradiction::TooMany`] is no verdict.
pub fn check_register(initial: Option<u64>, history: &[Operation<Register>]) -> Result<(), Contradiction> {
    let spans = spans(initial, history)?;
    check_zones(initial, history, &spans)?;
    search(initial, history, &spans)
}
