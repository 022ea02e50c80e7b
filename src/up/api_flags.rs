//! Flags of the API server that are upstream's own.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use kontiki_apiserver::audit::{Audit, AuditMode, AuditOptions};
use kontiki_apiserver::authenticate::system_clock;

/// Flags that kube-apiserver has too, under the same names.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "API server")]
pub struct ApiFlags {
    /// Which requests are written to the audit log, and how much of them: an audit.k8s.io/v1 Policy.
    #[arg(long, value_name = "FILE")]
    pub audit_policy_file: Option<PathBuf>,
    /// Where the audit log goes; - for standard output.
    #[arg(long, value_name = "FILE")]
    pub audit_log_path: Option<PathBuf>,
    /// Megabytes after which the audit log is rotated (0: 100).
    #[arg(long, default_value_t = 0, value_name = "MEGABYTES")]
    pub audit_log_maxsize: u64,
    /// Days that rotated audit logs are kept (0: for ever).
    #[arg(long, default_value_t = 0, value_name = "DAYS")]
    pub audit_log_maxage: u64,
    /// How many rotated audit logs are kept (0: all).
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    pub audit_log_maxbackup: usize,
    /// Compress rotated audit logs.
    #[arg(long)]
    pub audit_log_compress: bool,
    /// Whether requests wait for room in the buffer of events, or events are dropped: blocking or batch.
    #[arg(long, default_value = "blocking", value_name = "MODE", value_parser = audit_mode)]
    pub audit_log_mode: AuditMode,
    /// How many events may wait to be written.
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    pub audit_log_batch_buffer_size: usize,
}

fn audit_mode(text: &str) -> Result<AuditMode, String> {
    match text {
        "blocking" | "blocking-strict" => Ok(AuditMode::Blocking),
        "batch" => Ok(AuditMode::Batch),
        _ => Err("it is neither blocking nor batch".into()),
    }
}

impl ApiFlags {
    /// The audit that the flags ask for; upstream needs both the policy and the log for one.
    ///
    /// # Errors
    /// Where the policy is wrong, with its line, or the log cannot be written.
    pub fn audit(&self) -> Result<Option<Arc<Audit>>> {
        let (Some(policy), Some(log)) = (&self.audit_policy_file, &self.audit_log_path) else {
            if self.audit_log_path.is_some() {
                tracing::warn!("no audit policy is given (--audit-policy-file): the audit log stays empty");
            }
            return Ok(None);
        };
        let options = AuditOptions {
            max_size: self.audit_log_maxsize,
            max_age_days: self.audit_log_maxage,
            max_backups: self.audit_log_maxbackup,
            compress: self.audit_log_compress,
            mode: self.audit_log_mode,
            buffer: self.audit_log_batch_buffer_size,
            ..AuditOptions::new(policy, log)
        };
        Ok(Some(Audit::open(&options, system_clock())?))
    }
}
