use std::collections::BTreeMap;

use kontiki_api::Text;

use crate::{CommitError, Reserve};

/// The bounded counters. One at zero is not kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counters(BTreeMap<Text, i64>);

impl Counters {
    /// Counters as they were written down.
    pub fn restored(rows: impl IntoIterator<Item = (Text, i64)>) -> Self {
        Self(rows.into_iter().collect())
    }

    /// Where each counter of `reserves` would stand after all of them, or the first that would pass its limit.
    pub fn moved(&self, reserves: &[Reserve]) -> Result<Vec<(Text, i64)>, CommitError> {
        let mut moved: Vec<(Text, i64)> = Vec::new();
        for reserve in reserves {
            let at = moved.iter().position(|(name, _)| *name == reserve.counter);
            let used = at.and_then(|at| moved.get(at)).map_or_else(|| self.get(&reserve.counter), |(_, used)| *used);
            let next = used.saturating_add(reserve.by);
            if let Some(limit) = reserve.limit.filter(|limit| reserve.by > 0 && next > *limit) {
                return Err(CommitError::Limit { counter: reserve.counter.clone(), used, by: reserve.by, limit });
            }
            match at.and_then(|at| moved.get_mut(at)) {
                Some(entry) => entry.1 = next,
                None => moved.push((reserve.counter.clone(), next)),
            }
        }
        Ok(moved)
    }

    /// Takes over what [`Counters::moved`] found.
    pub fn set(&mut self, moved: &[(Text, i64)]) {
        for (name, value) in moved {
            match value {
                0 => self.0.remove(name),
                value => self.0.insert(name.clone(), *value),
            };
        }
    }

    fn get(&self, name: &Text) -> i64 {
        self.0.get(name).copied().unwrap_or_default()
    }
}
