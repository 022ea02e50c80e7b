use std::collections::HashMap;

use super::Register;
use super::spans::{Span, Spans};
use crate::{Contradiction, Operation};

/// The operations that wrote or saw one value that was written at most once: it is there from the first return of
/// them to the last invocation.
#[derive(Clone, Copy, Debug)]
struct Zone {
    /// The operation that was over first, and when; `None` for the value that is there from the beginning.
    first: (usize, Option<u64>),
    /// The operation that began last, and when.
    last: (usize, u64),
    /// Who wrote it, and when that began; `None` for the value at first.
    writer: Option<(usize, u64)>,
}

impl Zone {
    /// Whether the value must have been there for a while: then no other was.
    fn is_forward(&self) -> bool {
        self.first.1 < Some(self.last.1)
    }

    fn take(&mut self, at: usize, begun: u64, end: u64) {
        if Some(end) < self.first.1 {
            self.first = (at, Some(end));
        }
        if begun > self.last.1 {
            self.last = (at, begun);
        }
    }

    fn overlap(&self, other: &Self) -> Contradiction {
        let ends = |zone: &Self| (zone.first.0, zone.last.0);
        Contradiction::Overlap { one: ends(self), other: ends(other) }
    }
}

/// Whether the values that were written once leave each other time: necessary, and where values are only read and
/// written also sufficient (Gibbons and Korach, "Testing Shared Memories").
pub(super) fn check_zones(initial: Option<u64>, history: &[Operation<Register>], spans: &Spans) -> Result<(), Contradiction> {
    let zones = zones(initial, history, spans)?;
    let (mut forward, backward): (Vec<Zone>, Vec<Zone>) = zones.into_iter().partition(Zone::is_forward);
    forward.sort_by_key(|zone| zone.first.1);
    for (one, other) in forward.iter().zip(forward.iter().skip(1)) {
        if other.first.1 < Some(one.last.1) {
            return Err(one.overlap(other));
        }
    }
    for zone in &backward {
        let next = forward.partition_point(|forward| forward.first.1 < Some(zone.last.1));
        if let Some(around) =
            next.checked_sub(1).and_then(|at| forward.get(at)).filter(|around| zone.first.1 < Some(around.last.1))
        {
            return Err(around.overlap(zone));
        }
    }
    Ok(())
}

fn zones(initial: Option<u64>, history: &[Operation<Register>], spans: &Spans) -> Result<Vec<Zone>, Contradiction> {
    let mut zones: HashMap<Option<u64>, Option<Zone>> = HashMap::new();
    let looked_at = || history.iter().zip(spans).enumerate().filter_map(|(at, (one, span))| Some((at, one, (*span)?)));
    for (at, operation, Span { begin, end }) in looked_at() {
        let Some(value) = operation.call.leaves() else { continue };
        let zone = Zone { first: (at, Some(end)), last: (at, begin), writer: Some((at, begin)) };
        // A value written twice, or there at first and written again, says nothing.
        let zone = (value != initial && !zones.contains_key(&value)).then_some(zone);
        zones.insert(value, zone);
    }
    // What may never have happened may have seen nothing.
    for (at, operation, Span { begin, end }) in looked_at().filter(|(_, _, span)| span.end < u64::MAX) {
        let Some(value) = operation.call.saw() else { continue };
        let from_the_start = Zone { first: (at, None), last: (at, begin), writer: None };
        if value == initial {
            zones.entry(value).or_insert(Some(from_the_start));
        }
        let Some(Some(zone)) = zones.get_mut(&value) else { continue };
        if let Some((writer, _)) = zone.writer.filter(|(_, begun)| end < *begun) {
            return Err(Contradiction::Reversed { earlier: writer, later: at, seen_by: Vec::new() });
        }
        zone.take(at, begin, end);
    }
    Ok(zones.into_values().flatten().collect())
}
