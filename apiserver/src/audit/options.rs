//! What the audit is asked to do.

use std::path::PathBuf;

/// Who waits when events come faster than they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditMode {
    /// Requests, for room in the buffer; after five seconds the event is dropped and counted.
    #[default]
    Blocking,
    /// Nobody: events that find the buffer full are dropped and counted.
    Batch,
}

/// Upstream's `--audit-*` flags.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    /// The policy, `audit.k8s.io/v1` Policy as YAML.
    pub policy: PathBuf,
    /// Where events go; `-` for standard output.
    pub log: PathBuf,
    /// The file is rotated before it grows beyond so many megabytes; 0 for upstream's 100.
    pub max_size: u64,
    /// Rotated files older than so many days are removed; 0 for never.
    pub max_age_days: u64,
    /// At most so many rotated files are kept; 0 for all.
    pub max_backups: usize,
    /// Whether rotated files are compressed with gzip.
    pub compress: bool,
    /// Who waits when events come too fast.
    pub mode: AuditMode,
    /// How many events may wait to be written.
    pub buffer: usize,
}

impl AuditOptions {
    /// Events that `policy` asks for go to `log`; everything else as upstream has it without further flags.
    pub fn new(policy: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            policy: policy.into(),
            log: log.into(),
            max_size: 0,
            max_age_days: 0,
            max_backups: 0,
            compress: false,
            mode: AuditMode::default(),
            buffer: 10_000,
        }
    }
}
