use std::collections::BTreeSet;
use std::fmt::Debug;

use crate::Operation;

/// Why no order of the operations explains their answers. Operations are named by their place in the history.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A value was seen that nobody wrote, or whose writing was refused.
    #[error("operation {seen_by} saw {value}, {}", refused.map_or("which nobody wrote".into(), |at| format!("whose writing, operation {at}, was refused")))]
    NeverWritten {
        /// Who saw it.
        seen_by: usize,
        /// The value.
        value: u64,
        /// The refused operation.
        refused: Option<usize>,
    },
    /// A value was seen twice in one answer.
    #[error("operation {seen_by} saw {value} twice")]
    Twice {
        /// Who saw it.
        seen_by: usize,
        /// The value.
        value: u64,
    },
    /// The same element was to be added twice: the history is of no use.
    #[error("operations {first} and {second} write the same element")]
    NotUnique {
        /// One writer.
        first: usize,
        /// The other.
        second: usize,
    },
    /// Two answers cannot both have been true at any time.
    #[error("the answers of operations {one} and {other} do not fit each other")]
    Disagree {
        /// One reader.
        one: usize,
        /// The other.
        other: usize,
    },
    /// The answers put one operation before another that was over when it began.
    #[error("operation {later} was over when operation {earlier} began, yet the answers put it after that{}", witnesses(seen_by))]
    Reversed {
        /// The one that the answers put first.
        earlier: usize,
        /// The one that was over first.
        later: usize,
        /// Whose answers put them so, where it is not the two themselves.
        seen_by: Vec<usize>,
    },
    /// Two values must have been there at the same time.
    #[error("a value was there from operation {} to {}, another from {} to {}: these overlap", one.0, one.1, other.0, other.1)]
    Overlap {
        /// The operations with one value: the first that was over, the last that began.
        one: (usize, usize),
        /// The same for the other value.
        other: (usize, usize),
    },
    /// Whatever came before it, the answer of an operation cannot be.
    #[error("no order explains operation {operation}: beside operations {beside:?}, the values could be {values:?}")]
    Unexplained {
        /// The operation.
        operation: usize,
        /// Those that had begun and were not over when it returned.
        beside: Vec<usize>,
        /// What the register can have held.
        values: Vec<Option<u64>>,
    },
    /// So many operations were open at the same time that it cannot be told. That is no proof of anything.
    #[error("too many operations were open beside operation {operation} to tell")]
    TooMany {
        /// The one at which the search was given up.
        operation: usize,
    },
}

fn witnesses(seen_by: &[usize]) -> String {
    if seen_by.is_empty() { String::new() } else { format!(", as operations {seen_by:?} saw it") }
}

impl Contradiction {
    /// The operations that contradict each other, each once, by their place in the history.
    pub fn operations(&self) -> Vec<usize> {
        let mut named = self.named();
        let mut known = BTreeSet::new();
        named.retain(|at| known.insert(*at));
        named
    }

    fn named(&self) -> Vec<usize> {
        match self {
            Self::NeverWritten { seen_by, refused, .. } => [Some(*seen_by), *refused].into_iter().flatten().collect(),
            Self::Twice { seen_by, .. } => vec![*seen_by],
            Self::NotUnique { first: one, second: other } | Self::Disagree { one, other } => vec![*one, *other],
            Self::Reversed { earlier, later, seen_by } => [&[*earlier, *later], &seen_by[..]].concat(),
            Self::Overlap { one, other } => vec![one.0, one.1, other.0, other.1],
            Self::Unexplained { operation, beside, .. } => [&[*operation], &beside[..]].concat(),
            Self::TooMany { operation } => vec![*operation],
        }
    }

    /// The verdict with the operations it names, one a line.
    pub fn explain<C: Debug>(&self, history: &[Operation<C>]) -> String {
        let mut lines = vec![self.to_string()];
        let mut named = self.operations();
        named.sort_unstable();
        for at in named {
            let Some(Operation { client, invoked, returned, call, outcome }) = history.get(at) else { continue };
            lines.push(format!("  operation {at}: client {client}, {invoked} to {returned}: {call:?} {outcome:?}"));
        }
        lines.join("\n")
    }
}
