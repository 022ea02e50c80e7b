//! `intstr.IntOrString`: a number, or a percentage of a whole.

use serde::{Deserialize, Serialize};

use crate::Text;

/// A count, or text such as `25%`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A count.
    Int(i32),
    /// Text: a percentage, or a port's name.
    Text(Text),
}

/// Which way a fraction goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Towards more: `maxSurge`, `minAvailable`.
    Up,
    /// Towards less: `maxUnavailable`.
    Down,
}

/// Text that is not a percentage where one is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid value for IntOrString: invalid type: string is not a percentage")]
pub struct NotAPercentage;

impl IntOrString {
    /// The count itself, or the percentage of `total`, rounded as `round` says.
    ///
    /// # Errors
    /// Text that is not a whole number with `%`.
    pub fn scaled(&self, total: i32, round: Round) -> Result<i32, NotAPercentage> {
        let share = match self {
            Self::Int(count) => return Ok(*count),
            Self::Text(text) => percent(text).ok_or(NotAPercentage)?,
        };
        let hundredths = i64::from(share) * i64::from(total);
        let whole = match round {
            Round::Up => hundredths.div_euclid(100) + i64::from(hundredths.rem_euclid(100) > 0),
            Round::Down => hundredths.div_euclid(100),
        };
        Ok(i32::try_from(whole).unwrap_or(i32::MAX))
    }

    /// Whether this is a whole number with `%`.
    pub fn is_percent(&self) -> bool {
        matches!(self, Self::Text(text) if percent(text).is_some())
    }
}

fn percent(text: &str) -> Option<i32> {
    text.strip_suffix('%')?.parse().ok()
}

impl std::fmt::Display for IntOrString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(count) => count.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_scale_and_round() {
        let quarter = IntOrString::Text("25%".into());
        assert_eq!(quarter.scaled(10, Round::Up), Ok(3));
        assert_eq!(quarter.scaled(10, Round::Down), Ok(2));
        assert_eq!(quarter.scaled(8, Round::Up), Ok(2));
        assert_eq!(IntOrString::Int(7).scaled(100, Round::Up), Ok(7));
        assert_eq!(IntOrString::Text("http".into()).scaled(1, Round::Up), Err(NotAPercentage));
    }

    #[test]
    fn both_forms_read_from_json() {
        assert_eq!(serde_json::from_str::<IntOrString>("80").unwrap(), IntOrString::Int(80));
        assert_eq!(serde_json::from_str::<IntOrString>("\"10%\"").unwrap(), IntOrString::Text("10%".into()));
    }
}
