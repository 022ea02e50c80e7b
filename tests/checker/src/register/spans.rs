use std::collections::{HashMap, HashSet};

use super::Register;
use crate::{Contradiction, Operation, Outcome};

/// Between which moments an operation can have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub begin: u64,
    /// `u64::MAX` where it may happen late, or never.
    pub end: u64,
}

/// Per operation its span; `None` where it need not be looked at: it did not happen, or nobody would notice.
pub(super) type Spans = Vec<Option<Span>>;

/// The writers of a value.
#[derive(Default)]
struct Writers {
    /// Those that may have happened.
    possible: Vec<usize>,
    refused: Option<usize>,
}

/// When each operation happened. One of unknown outcome whose value only it can have written happened before the
/// first that saw the value was over, and need not have happened before one of those began.
pub(super) fn spans(initial: Option<u64>, history: &[Operation<Register>]) -> Result<Spans, Contradiction> {
    let writers = writers(history);
    let mut seen: HashMap<usize, u64> = HashMap::new();
    let mut spans: Spans = vec![None; history.len()];
    let mut waiting = Vec::new();
    for (at, operation) in history.iter().enumerate().filter(|(_, operation)| operation.outcome == Outcome::Ok) {
        set(&mut spans, at, operation.invoked, operation.returned);
        waiting.push(at);
    }
    while let Some(at) = waiting.pop() {
        let (Some(operation), Some(Some(span))) = (history.get(at), spans.get(at).copied()) else { continue };
        let Some(Some(value)) = operation.call.saw() else { continue };
        let found = writers.get(&Some(value));
        let possible = found.map_or(&[][..], |writers| &writers.possible);
        if possible.is_empty() && initial != Some(value) {
            let refused = found.and_then(|writers| writers.refused);
            return Err(Contradiction::NeverWritten { seen_by: at, value, refused });
        }
        let ([sole], true) = (possible, initial != Some(value)) else { continue };
        let Some(writer) = history.get(*sole).filter(|writer| writer.outcome == Outcome::Unknown) else { continue };
        let first = seen.entry(*sole).or_insert(operation.invoked);
        *first = operation.invoked.min(*first);
        let known = spans.get(*sole).copied().flatten();
        let end = known.map_or(span.end, |known| known.end.min(span.end));
        let now = Span { begin: writer.invoked.max(*first), end };
        if known != Some(now) {
            set(&mut spans, *sole, now.begin, now.end);
            waiting.push(*sole);
        }
    }
    leave_open(history, &mut spans);
    Ok(spans)
}

/// Those of unknown outcome that somebody may have noticed without it being certain stay open for ever.
fn leave_open(history: &[Operation<Register>], spans: &mut Spans) {
    let mut seen: HashSet<Option<u64>> = HashSet::new();
    let mut differing: Option<u64> = None;
    for operation in history.iter().filter(|operation| operation.outcome != Outcome::Failed) {
        seen.extend(operation.call.saw());
        if matches!(operation.call, Register::Differs { .. }) && operation.outcome == Outcome::Ok {
            differing = differing.max(Some(operation.returned));
        }
    }
    for (at, operation) in history.iter().enumerate().filter(|(_, operation)| operation.outcome == Outcome::Unknown) {
        let Some(value) = operation.call.leaves() else { continue };
        let known = spans.get(at).copied().flatten();
        let by_difference = differing.is_some_and(|last| operation.invoked <= last);
        match known {
            // What differed may have differed by it, at any time since it began.
            Some(Span { end, .. }) if by_difference => set(spans, at, operation.invoked, end),
            None if by_difference || seen.contains(&value) => set(spans, at, operation.invoked, u64::MAX),
            _ => {}
        }
    }
}

fn writers(history: &[Operation<Register>]) -> HashMap<Option<u64>, Writers> {
    let mut writers: HashMap<Option<u64>, Writers> = HashMap::new();
    for (at, operation) in history.iter().enumerate() {
        let Some(value) = operation.call.leaves() else { continue };
        let known = writers.entry(value).or_default();
        match operation.outcome {
            Outcome::Failed => known.refused = Some(at),
            Outcome::Ok | Outcome::Unknown => known.possible.push(at),
        }
    }
    writers
}

fn set(spans: &mut Spans, at: usize, begin: u64, end: u64) {
    spans.get_mut(at).into_iter().for_each(|known| *known = Some(Span { begin, end }));
}
