use std::collections::{HashMap, HashSet};

use crate::steps::check_steps;
use crate::{Contradiction, Operation, Outcome};

/// An operation on a list to which elements are appended, none of them twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// An element was appended.
    Append {
        /// The element.
        element: u64,
    },
    /// The whole list was read.
    Read {
        /// The elements, first to last.
        found: Vec<u64>,
    },
}

/// Whether the operations on one list, empty at first, are linearizable. Takes time near-linear in operations and
/// elements read: the longest answer dictates the order.
///
/// # Errors
/// What contradicts what.
pub fn check_list(history: &[Operation<List>]) -> Result<(), Contradiction> {
    let writers = writers(history)?;
    let reads = reads(history);
    let longest = reads.iter().max_by_key(|(_, found)| found.len()).copied();
    let (longest_at, order) = longest.unwrap_or((0, &[]));
    check_elements(&writers, history, longest_at, order)?;
    for (at, found) in &reads {
        if order.get(..found.len()) != Some(found) {
            check_elements(&writers, history, *at, found)?;
            return Err(Contradiction::Disagree { one: *at, other: longest_at });
        }
    }
    // Read of nothing, first element, reads of one, second element, …; at the end what nobody saw.
    let mut steps = vec![Vec::new(); order.len() * 2 + 2];
    let mut put = |step: usize, at: usize| steps.get_mut(step).into_iter().for_each(|step| step.push(at));
    reads.iter().for_each(|(at, found)| put(found.len() * 2, *at));
    for (place, element) in order.iter().enumerate() {
        writers.get(element).iter().for_each(|at| put(place * 2 + 1, **at));
    }
    let seen: HashSet<u64> = order.iter().copied().collect();
    for (element, at) in writers.iter().filter(|(element, _)| !seen.contains(element)) {
        if history.get(*at).is_some_and(|operation| operation.outcome == Outcome::Ok && !seen.contains(element)) {
            put(order.len() * 2 + 1, *at);
        }
    }
    let is_append = |at: usize| history.get(at).is_some_and(|one| matches!(one.call, List::Append { .. }));
    check_steps(
        history,
        &steps,
        |earlier, later| {
            if is_append(earlier) && is_append(later) { vec![longest_at] } else { Vec::new() }
        },
    )
}

/// Who appended which element.
fn writers(history: &[Operation<List>]) -> Result<HashMap<u64, usize>, Contradiction> {
    let mut writers = HashMap::new();
    for (at, operation) in history.iter().enumerate() {
        let List::Append { element } = &operation.call else { continue };
        if let Some(first) = writers.insert(*element, at) {
            return Err(Contradiction::NotUnique { first, second: at });
        }
    }
    Ok(writers)
}

fn reads(history: &[Operation<List>]) -> Vec<(usize, &[u64])> {
    let answered = history.iter().enumerate().filter(|(_, operation)| operation.outcome == Outcome::Ok);
    let read = answered.filter_map(|(at, operation)| match &operation.call {
        List::Read { found } => Some((at, &found[..])),
        List::Append { .. } => None,
    });
    read.collect()
}

/// Whether what was read was written, and is there once.
fn check_elements<C>(
    writers: &HashMap<u64, usize>,
    history: &[Operation<C>],
    seen_by: usize,
    found: &[u64],
) -> Result<(), Contradiction> {
    let mut seen = HashSet::with_capacity(found.len());
    for value in found.iter().copied() {
        let refused = |at: &usize| history.get(*at).is_some_and(|operation| operation.outcome == Outcome::Failed);
        match writers.get(&value) {
            None => return Err(Contradiction::NeverWritten { seen_by, value, refused: None }),
            Some(at) if refused(at) => return Err(Contradiction::NeverWritten { seen_by, value, refused: Some(*at) }),
            Some(_) if !seen.insert(value) => return Err(Contradiction::Twice { seen_by, value }),
            Some(_) => {}
        }
    }
    Ok(())
}
