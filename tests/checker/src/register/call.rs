/// An operation on a register. `None` is the absence of a value: a created key, a deleted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// The value was read.
    Read {
        /// What was there.
        found: Option<u64>,
    },
    /// The value was set, whatever was there.
    Write {
        /// What is there from then on.
        value: Option<u64>,
    },
    /// The value was replaced, where it was the expected one. One that was refused because it was not is a
    /// [`Register::Differs`].
    Swap {
        /// What had to be there.
        expected: Option<u64>,
        /// What is there from then on.
        value: Option<u64>,
    },
    /// The value was found not to be the expected one.
    Differs {
        /// What was not there.
        expected: Option<u64>,
    },
}

impl Register {
    /// What is there after the call, where `now` is there before; `None` where that cannot be.
    pub(super) fn after(&self, now: Option<u64>) -> Option<Option<u64>> {
        match self {
            Self::Read { found } => (*found == now).then_some(now),
            Self::Write { value } => Some(*value),
            Self::Swap { expected, value } => (*expected == now).then_some(*value),
            Self::Differs { expected } => (*expected != now).then_some(now),
        }
    }

    /// The value it saw, by its answer.
    pub(super) fn saw(&self) -> Option<Option<u64>> {
        match self {
            Self::Read { found } => Some(*found),
            Self::Swap { expected, .. } => Some(*expected),
            Self::Write { .. } | Self::Differs { .. } => None,
        }
    }

    /// The value it leaves, where it may leave another than it found.
    pub(super) fn leaves(&self) -> Option<Option<u64>> {
        match self {
            Self::Write { value } | Self::Swap { value, .. } => Some(*value),
            Self::Read { .. } | Self::Differs { .. } => None,
        }
    }
}
