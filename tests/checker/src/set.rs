use std::collections::{HashMap, HashSet};

use crate::steps::check_steps;
use crate::{Contradiction, Operation, Outcome};

/// An operation on a set to which elements are added, none of them twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// An element was added.
    Add {
        /// The element.
        element: u64,
    },
    /// The whole set was read.
    Read {
        /// The elements, in any order.
        found: Vec<u64>,
    },
}

/// One read, its elements as a set.
struct Answer {
    at: usize,
    elements: HashSet<u64>,
}

/// Whether the operations on one set, empty at first, are linearizable. Takes time near-linear in operations and
/// elements read: of any two answers one holds the other, so they dictate the order.
///
/// # Errors
/// What contradicts what.
pub fn check_set(history: &[Operation<Set>]) -> Result<(), Contradiction> {
    let writers = writers(history)?;
    let mut answers = answers(history)?;
    answers.sort_by_key(|answer| answer.elements.len());
    // Reads of nothing, what the next read saw first, reads of that, …; at the end what nobody saw.
    let mut steps: Vec<Vec<usize>> = vec![Vec::new()];
    let mut first_seen: HashMap<u64, usize> = HashMap::new();
    let mut before: Option<&Answer> = None;
    for answer in &answers {
        let known = before.map_or(0, |before| before.elements.len());
        if let Some(before) = before.filter(|before| !before.elements.is_subset(&answer.elements)) {
            return Err(Contradiction::Disagree { one: before.at, other: answer.at });
        }
        if answer.elements.len() > known {
            let mut added = Vec::new();
            for value in answer.elements.iter().filter(|value| !first_seen.contains_key(value)) {
                added.push((*value, writer(&writers, history, answer.at, *value)?));
            }
            added.iter().for_each(|(value, _)| _ = first_seen.insert(*value, answer.at));
            steps.push(added.into_iter().map(|(_, at)| at).collect());
            steps.push(Vec::new());
        }
        steps.last_mut().into_iter().for_each(|step| step.push(answer.at));
        before = Some(answer);
    }
    let unseen = writers.iter().filter(|(element, _)| !first_seen.contains_key(element)).map(|(_, at)| *at);
    steps.push(unseen.filter(|at| history.get(*at).is_some_and(|one| one.outcome == Outcome::Ok)).collect());
    check_steps(history, &steps, |earlier, later| {
        let seen = |at: usize| match history.get(at).map(|operation| &operation.call) {
            Some(Set::Add { element }) => Some(first_seen.get(element).copied()),
            _ => None,
        };
        match (seen(earlier), seen(later)) {
            (Some(earlier), Some(_)) => earlier.into_iter().collect(),
            _ => Vec::new(),
        }
    })
}

fn writers(history: &[Operation<Set>]) -> Result<HashMap<u64, usize>, Contradiction> {
    let mut writers = HashMap::new();
    for (at, operation) in history.iter().enumerate() {
        let Set::Add { element } = &operation.call else { continue };
        if let Some(first) = writers.insert(*element, at) {
            return Err(Contradiction::NotUnique { first, second: at });
        }
    }
    Ok(writers)
}

fn answers(history: &[Operation<Set>]) -> Result<Vec<Answer>, Contradiction> {
    let mut answers = Vec::new();
    for (at, operation) in history.iter().enumerate().filter(|(_, operation)| operation.outcome == Outcome::Ok) {
        let Set::Read { found } = &operation.call else { continue };
        let mut elements = HashSet::with_capacity(found.len());
        if let Some(value) = found.iter().find(|value| !elements.insert(**value)) {
            return Err(Contradiction::Twice { seen_by: at, value: *value });
        }
        answers.push(Answer { at, elements });
    }
    Ok(answers)
}

/// Who added `value`, which `seen_by` saw.
fn writer(writers: &HashMap<u64, usize>, history: &[Operation<Set>], seen_by: usize, value: u64) -> Result<usize, Contradiction> {
    let at = *writers.get(&value).ok_or(Contradiction::NeverWritten { seen_by, value, refused: None })?;
    match history.get(at).map(|operation| operation.outcome) {
        Some(Outcome::Failed) => Err(Contradiction::NeverWritten { seen_by, value, refused: Some(at) }),
        _ => Ok(at),
    }
}
