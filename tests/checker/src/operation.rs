use std::collections::BTreeMap;

/// What a client knows of the effect of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It happened, and answered what the call says.
    Ok,
    /// It did not happen, and never will.
    Failed,
    /// It may have happened, may yet happen, or not.
    Unknown,
}

/// One operation as its client saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<C> {
    /// Who asked; only for the reader of a verdict.
    pub client: u64,
    /// When it was asked, in any unit, on one clock for all clients.
    pub invoked: u64,
    /// When the answer was there. Of no meaning where the outcome is unknown.
    pub returned: u64,
    /// What was asked, with the answer.
    pub call: C,
    /// What became of it.
    pub outcome: Outcome,
}

impl<C> Operation<C> {
    /// Whether this one was over before `other` began; then no order may turn them around.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.ends() < other.invoked
    }

    /// The last moment at which it can have happened.
    pub(crate) fn ends(&self) -> u64 {
        if self.outcome == Outcome::Unknown { u64::MAX } else { self.returned }
    }
}

/// The histories of the keys, each in the order given.
pub fn by_key<K: Ord, C>(history: impl IntoIterator<Item = (K, Operation<C>)>) -> BTreeMap<K, Vec<Operation<C>>> {
    let mut keys: BTreeMap<K, Vec<Operation<C>>> = BTreeMap::new();
    for (key, operation) in history {
        keys.entry(key).or_default().push(operation);
    }
    keys
}
