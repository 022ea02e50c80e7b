use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::CommitError;

/// Whether the files still take writes. They stop at the first write error, for good: what reached the disk before it
/// is not known any more. Then they are opened anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health(Arc<State>);

#[derive(Debug, Default)]
struct State {
    trouble: OnceLock<Trouble>,
    stopped: watch::Sender<bool>,
}

/// Why no writes are taken.
#[derive(Debug)]
struct Trouble {
    why: String,
    full: bool,
}

impl Health {
    /// No writes from now on; the first reason stays.
    pub fn stop(&self, why: impl Into<String>) {
        self.stop_for(Trouble { why: why.into(), full: false });
    }

    /// The same for what a write to `file` ran into.
    pub fn fail(&self, file: &str, error: &(dyn Error + 'static)) {
        self.stop_for(Trouble { why: format!("{file}: {error}"), full: is_full(error) });
    }

    /// Why no writes are taken, if so.
    pub fn reason(&self) -> Option<&str> {
        self.0.trouble.get().map(|trouble| trouble.why.as_str())
    }

    /// Refuses writes once stopped.
    pub fn check(&self) -> Result<(), CommitError> {
        match self.0.trouble.get() {
            None => Ok(()),
            Some(Trouble { why, full: true }) => Err(CommitError::Full(why.clone())),
            Some(Trouble { why, full: false }) => Err(CommitError::Unavailable(why.clone())),
        }
    }

    /// Returns once stopped.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }

    fn stop_for(&self, trouble: Trouble) {
        let _ = self.0.trouble.set(trouble);
        self.0.stopped.send_replace(true);
    }
}

/// Whether space ran out, whoever says so.
fn is_full(error: &(dyn Error + 'static)) -> bool {
    /// SQLITE_FULL.
    const FULL: &str = "13";
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(sqlx::Error::Database(error)) = error.downcast_ref() {
            return error.code().is_some_and(|code| code == FULL);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
                return true;
            }
            // An error that wraps another shows it here, not as its source.
            next = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
            continue;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stays_and_a_full_disk_is_told_from_other_trouble() {
        let (full, other) = (Health::default(), Health::default());
        full.fail("log.db", &io::Error::other(io::Error::from(io::ErrorKind::StorageFull)));
        full.stop("later");
        other.fail("log.db", &io::Error::other("torn"));
        assert!(matches!(full.check(), Err(CommitError::Full(_))));
        assert_eq!(other.check(), Err(CommitError::Unavailable("log.db: torn".into())));
    }
}
