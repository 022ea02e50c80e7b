use std::sync::{Arc, OnceLock};

use crate::CommitError;

/// Whether the store still takes writes. It stops at the first write error, for good: what reached
/// the disk before it is not known any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health(Arc<OnceLock<String>>);

impl Health {
    /// No writes from now on; the first reason stays.
    pub fn stop(&self, why: impl Into<String>) {
        let _ = self.0.set(why.into());
    }

    /// Why no writes are taken, if so.
    pub fn reason(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    /// Refuses writes once stopped.
    pub fn check(&self) -> Result<(), CommitError> {
        self.reason().map_or(Ok(()), |why| Err(CommitError::Unavailable(why.into())))
    }
}
