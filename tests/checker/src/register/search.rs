use std::collections::BTreeSet;

use super::Register;
use super::spans::Spans;
use crate::{Contradiction, Operation};

/// How many operations may be open at the same time.
const OPEN: usize = 128;
/// How many orders are followed side by side.
const ORDERS: usize = 100_000;

/// What an order of the operations so far comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    /// What the register holds.
    value: Option<u64>,
    /// Which of the open operations have happened in it, by place.
    done: u128,
}

/// Follows all orders at once, from return to return. An operation is put into an order no sooner than something
/// has to be explained by it; but one that changes nothing as soon as it fits, which never is to its harm.
struct Search<'a> {
    history: &'a [Operation<Register>],
    /// The open operations.
    open: Vec<Option<usize>>,
    orders: BTreeSet<Order>,
}

/// Whether some order of the operations explains all answers.
pub(super) fn search(initial: Option<u64>, history: &[Operation<Register>], spans: &Spans) -> Result<(), Contradiction> {
    let mut events = Vec::with_capacity(history.len() * 2);
    for (at, span) in spans.iter().enumerate() {
        let Some(span) = *span else { continue };
        events.push((span.begin, false, at));
        if span.end < u64::MAX {
            events.push((span.end, true, at));
        }
    }
    // At one moment what begins comes first: what ends then may have happened later.
    events.sort_unstable();
    let orders = BTreeSet::from([Order { value: initial, done: 0 }]);
    let mut search = Search { history, open: vec![None; OPEN], orders };
    for (_, ends, at) in events {
        if ends { search.finish(at)? } else { search.begin(at)? }
    }
    Ok(())
}

impl Search<'_> {
    fn begin(&mut self, at: usize) -> Result<(), Contradiction> {
        let free = self.open.iter_mut().find(|place| place.is_none());
        *free.ok_or(Contradiction::TooMany { operation: at })? = Some(at);
        let orders = std::mem::take(&mut self.orders);
        self.orders = orders.into_iter().map(|order| self.with_watchers(order)).collect();
        Ok(())
    }

    fn finish(&mut self, at: usize) -> Result<(), Contradiction> {
        let Some(place) = self.open.iter().position(|open| *open == Some(at)) else { return Ok(()) };
        let bit = 1_u128 << place;
        let mut kept = BTreeSet::new();
        let mut waiting: Vec<Order> = self.orders.iter().copied().collect();
        let mut known = self.orders.clone();
        while let Some(order) = waiting.pop() {
            if order.done & bit != 0 {
                kept.insert(Order { done: order.done & !bit, ..order });
                continue;
            }
            for next in self.following(order) {
                if known.insert(next) {
                    waiting.push(next);
                }
            }
            if known.len() > ORDERS {
                return Err(Contradiction::TooMany { operation: at });
            }
        }
        if kept.is_empty() {
            return Err(self.unexplained(at, &known));
        }
        self.orders = kept;
        self.open.get_mut(place).into_iter().for_each(|open| *open = None);
        Ok(())
    }

    /// The orders with one open operation more.
    fn following(&self, order: Order) -> impl Iterator<Item = Order> {
        self.open_in(order).filter_map(move |(bit, call)| {
            let value = call.after(order.value)?;
            Some(self.with_watchers(Order { value, done: order.done | bit }))
        })
    }

    /// The order with everything that fits its value and changes nothing.
    fn with_watchers(&self, order: Order) -> Order {
        let fitting = self.open_in(order).filter(|(_, call)| call.leaves().is_none() && call.after(order.value).is_some());
        Order { done: fitting.fold(order.done, |done, (bit, _)| done | bit), ..order }
    }

    /// The open operations that the order does not have, each with its bit.
    fn open_in(&self, order: Order) -> impl Iterator<Item = (u128, &Register)> {
        let open = self.open.iter().enumerate().filter_map(|(place, at)| Some((1_u128 << place, (*at)?)));
        let missing = open.filter(move |(bit, _)| order.done & bit == 0);
        missing.filter_map(|(bit, at)| Some((bit, &self.history.get(at)?.call)))
    }

    fn unexplained(&self, at: usize, known: &BTreeSet<Order>) -> Contradiction {
        let beside = self.open.iter().flatten().copied().filter(|open| *open != at).collect();
        let values: BTreeSet<Option<u64>> = known.iter().map(|order| order.value).collect();
        Contradiction::Unexplained { operation: at, beside, values: values.into_iter().collect() }
    }
}
