//! Whether what a rule is about has changed.

use serde_json::Value;

/// What is known of the value before the change, as upstream's ratcheting of rules has it.
#[derive(Clone, Copy)]
pub(super) enum Ratchet<'o> {
    /// The value there was.
    Before(&'o Value),
    /// It cannot be told which value it was; whether the nearest one around it that can be told is unchanged.
    Around(bool),
}

impl<'o> Ratchet<'o> {
    /// Of a whole object.
    pub fn root(old: Option<&'o Value>) -> Self {
        old.map_or(Self::Around(false), Self::Before)
    }

    /// Whether `value`, which this is about, is as it was.
    pub fn unchanged(self, value: &Value) -> bool {
        match self {
            Self::Before(old) => old == value,
            Self::Around(unchanged) => unchanged,
        }
    }

    /// Of a part that `part` finds in the value before. What was not there has changed, and with it all around it.
    pub fn within(self, part: impl FnOnce(&'o Value) -> Option<&'o Value>) -> Self {
        match self {
            Self::Before(old) => part(old).map_or(Self::Around(false), Self::Before),
            around @ Self::Around(_) => around,
        }
    }

    /// The value before, where that is known.
    pub const fn before(self) -> Option<&'o Value> {
        match self {
            Self::Before(old) => Some(old),
            Self::Around(_) => None,
        }
    }

    /// Of the parts of `value`, none of which can be told.
    pub fn whole(self, value: &Value) -> Self {
        Self::Around(self.unchanged(value))
    }
}
