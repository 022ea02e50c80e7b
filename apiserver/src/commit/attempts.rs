//! How often a write is tried.

use std::sync::Arc;

use kontiki_api::meta::Key;
use kontiki_api::status::Status;

use super::Fault;
use super::turns::{Turn, Turns};

/// How often a write runs again from 'read current' when a precondition that the client did not
/// set fails.
pub(crate) const RETRIES: u32 = 15;
/// The same where there is no line to get in: names are chosen as often as upstream does.
const BLIND: u32 = 7;

/// The attempts of one write.
pub(crate) struct Attempts {
    turns: Arc<Turns>,
    turn: Option<Turn>,
    /// The number of this attempt.
    pub number: u32,
}

impl Attempts {
    /// The first attempt to write what nobody else writes.
    pub fn new(turns: &Arc<Turns>) -> Self {
        Self { turns: Arc::clone(turns), turn: None, number: 0 }
    }

    /// The first attempt to write `key`, behind those who were overtaken there.
    pub async fn at(turns: &Arc<Turns>, key: &Key) -> Self {
        Self { turn: turns.if_any(key).await, ..Self::new(turns) }
    }

    /// The next attempt, in line with others that write the same.
    ///
    /// # Errors
    /// The refusal, where trying again does not help.
    pub async fn again(&mut self, fault: Fault) -> Result<(), Status> {
        let (key, most) = match &fault {
            Fault::Final(_) => (None, 0),
            Fault::Stale(_, None) => (None, BLIND),
            Fault::Stale(_, Some(key)) => (Some(key.clone()), RETRIES),
        };
        if self.number >= most {
            return Err(fault.into_status());
        }
        self.number += 1;
        // Never two at a time: who has the other may wait for this one.
        self.turn = None;
        if let Some(key) = key {
            self.turn = Some(self.turns.next(key).await);
        }
        Ok(())
    }
}
