use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use super::OpenError;
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
    /// Whether the disk is at fault.
    passes: bool,
}

impl Health {
    /// No writes from now on; the first reason stays.
    pub fn stop(&self, why: impl Into<String>) {
        self.stop_for(Trouble { why: why.into(), full: false, passes: false });
    }

    /// The same for what a write to `file` ran into.
    pub fn fail(&self, file: &str, error: &(dyn Error + 'static)) {
        self.stop_for(Trouble { why: format!("{file}: {error}"), full: is_full(error), passes: is_of_disk(error) });
    }

    /// Why no writes are taken, if so.
    pub fn reason(&self) -> Option<&str> {
        self.0.trouble.get().map(|trouble| trouble.why.as_str())
    }

    /// Refuses writes once stopped.
    pub fn check(&self) -> Result<(), CommitError> {
        match self.0.trouble.get() {
            None => Ok(()),
            Some(Trouble { why, full: true, .. }) => Err(CommitError::Full(why.clone())),
            Some(Trouble { why, full: false, .. }) => Err(CommitError::Unavailable(why.clone())),
        }
    }

    /// The same for a store that was about to start.
    pub fn refusal(&self) -> Option<OpenError> {
        let stopped = |trouble: &Trouble| OpenError::Stopped { why: trouble.why.clone(), passes: trouble.passes };
        self.0.trouble.get().map(stopped)
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

/// The system's number of an error of the device.
const EIO: i32 = 5;
/// SQLite's errors of the disk: <https://sqlite.org/rescode.html>.
const IOERR: u32 = 10;
const FULL: u32 = 13;
/// IOERR_SHORT_READ: the file is shorter than it says, so what lies on the disk is at fault.
pub(super) const SHORT_READ: u32 = 522;

/// Whether the disk is at fault, whoever says so, rather than what lies on it: it may be full or failing for a while.
pub(super) fn is_of_disk(error: &(dyn Error + 'static)) -> bool {
    let of_system = |error: &io::Error| error.raw_os_error() == Some(EIO);
    is_full(error) || any(error, of_system, |code| code != SHORT_READ && code & 0xff == IOERR)
}

/// Whether space ran out, whoever says so.
fn is_full(error: &(dyn Error + 'static)) -> bool {
    let of_system = |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    any(error, of_system, |code| code & 0xff == FULL)
}

/// Whether `error` comes from one of the system or of SQLite of which that holds.
fn any(error: &(dyn Error + 'static), of_system: impl Fn(&io::Error) -> bool, of_sqlite: impl Fn(u32) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(sqlx::Error::Database(error)) = error.downcast_ref() {
            return error.code().and_then(|code| code.parse().ok()).is_some_and(of_sqlite);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if of_system(error) {
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

    #[test]
    fn what_a_disk_refuses_may_pass_and_other_trouble_does_not() {
        let refusal = |error: io::Error| {
            let health = Health::default();
            health.fail("log.db", &error);
            health.refusal().unwrap().may_pass()
        };
        assert!(refusal(io::Error::from_raw_os_error(EIO)));
        assert!(refusal(io::Error::other(io::Error::from(io::ErrorKind::StorageFull))));
        assert!(!refusal(io::Error::other("torn")));
        assert!(Health::default().refusal().is_none());
    }
}
