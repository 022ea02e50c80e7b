//! The audit of one server.

use std::sync::Arc;

use super::figures::Figures;
use super::log_file::LogFile;
use super::policy::Wanted;
use super::rule::Asked;
use super::sink::Sink;
use super::{AuditError, AuditOptions, Level, Policy};
use crate::Clock;
use crate::metrics::Metrics;

/// Decides what is written down, and writes it.
pub struct Audit {
    policy: Policy,
    pub(super) sink: Sink,
    pub(super) figures: Figures,
    pub(super) clock: Clock,
}

impl Audit {
    /// Reads the policy and opens the log that `options` name.
    ///
    /// # Errors
    /// See [`AuditError`]; a wrong policy is told with its line.
    pub fn open(options: &AuditOptions, clock: Clock) -> Result<Arc<Self>, AuditError> {
        let policy = Policy::read(&options.policy)?;
        let unwritable = |source| AuditError::Log { path: options.log.clone(), source };
        let file = LogFile::open(options, Arc::clone(&clock)).map_err(unwritable)?;
        let figures = Figures::default();
        let sink = Sink::start(file, options, figures.clone()).map_err(unwritable)?;
        Ok(Arc::new(Self { policy, sink, figures, clock }))
    }

    /// Waits until every event so far is written.
    pub async fn flush(&self) {
        self.sink.flush().await;
    }

    /// Shows the figures in `metrics`.
    pub(crate) fn register(&self, metrics: &Metrics) {
        self.figures.register(metrics);
    }

    /// What is wanted of a request; `None` where nothing is.
    pub(super) fn wanted(&self, asked: &Asked<'_>) -> Option<Wanted> {
        let wanted = self.policy.wanted(asked);
        self.figures.asked(wanted.level);
        (wanted.level > Level::None).then_some(wanted)
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Audit")
    }
}
