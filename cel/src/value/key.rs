use std::cmp::Ordering;

use super::{Text, Value};

/// A key of a map. Whole numbers are equal whatever their type.
#[derive(Clone, Debug)]
pub enum Key<'a> {
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `uint`.
    Uint(u64),
    /// `string`.
    String(Text<'a>),
}

impl<'a> Key<'a> {
    /// The key that `value` is; a `double` without fraction stands for the whole number.
    pub(crate) fn of(value: &Value<'a>) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Uint(value) => Self::Uint(*value),
            Value::String(value) => Self::String(value.clone()),
            Value::Double(value) => whole(*value)?,
            _ => return None,
        })
    }

    /// The key as a value.
    pub fn value(&self) -> Value<'a> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::String(value) => Value::String(value.clone()),
        }
    }

    const fn class(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) | Self::Uint(_) => 1,
            Self::String(_) => 2,
        }
    }

    fn number(&self) -> i128 {
        match self {
            Self::Bool(value) => i128::from(*value),
            Self::Int(value) => i128::from(*value),
            Self::Uint(value) => i128::from(*value),
            Self::String(_) => 0,
        }
    }
}

fn whole(value: f64) -> Option<Key<'static>> {
    if value.fract() != 0.0 || !value.is_finite() {
        return None;
    }
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
        return Some(Key::Int(value as i64));
    }
    (0.0..18_446_744_073_709_551_616.0).contains(&value).then_some(Key::Uint(value as u64))
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key<'_> {}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::String(a), Self::String(b)) => a.cmp(b),
            _ => self.class().cmp(&other.class()).then_with(|| self.number().cmp(&other.number())),
        }
    }
}
