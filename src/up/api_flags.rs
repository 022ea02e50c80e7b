//! Flags of the API server that are upstream's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use kontiki_apiserver::admit::{AdmissionConfiguration, configured_plugins};
use kontiki_apiserver::audit::{Audit, AuditMode, AuditOptions};
use kontiki_apiserver::authenticate::{Authenticator, CertificateAuthority, RequestHeader, TokenFile, Tokens, system_clock};
use kontiki_apiserver::authorize::rbac::Rbac;
use kontiki_apiserver::{Limits, ServerConfig};
use kontiki_store::Store;

use super::values;

/// Flags that kube-apiserver has too, under the same names.
#[derive(clap::Args, Clone, Debug)]
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
    /// How long Events are kept from their last write, such as 1h or 1h30m (0: for ever).
    #[arg(long, default_value = "1h", value_name = "AGE", value_parser = values::span)]
    pub event_ttl: Duration,
    /// Tokens of users: lines of token, user, uid and, in quotes, groups.
    #[arg(long, value_name = "FILE")]
    pub token_auth_file: Option<PathBuf>,
    /// Whether requests without credentials are those of system:anonymous, which may see health and version.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    pub anonymous_auth: bool,
    /// The authority of proxies that tell in headers for whom they speak.
    #[arg(long, value_name = "FILE")]
    pub requestheader_client_ca_file: Option<PathBuf>,
    /// Common names of such proxies; any where none is given.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub requestheader_allowed_names: Vec<String>,
    /// Headers of the user's name.
    #[arg(long, value_delimiter = ',', default_value = "X-Remote-User", value_name = "HEADERS")]
    pub requestheader_username_headers: Vec<String>,
    /// Headers of the user's uid.
    #[arg(long, value_delimiter = ',', default_value = "X-Remote-Uid", value_name = "HEADERS")]
    pub requestheader_uid_headers: Vec<String>,
    /// Headers of the user's groups.
    #[arg(long, value_delimiter = ',', default_value = "X-Remote-Group", value_name = "HEADERS")]
    pub requestheader_group_headers: Vec<String>,
    /// How headers of the user's extra attributes begin.
    #[arg(long, value_delimiter = ',', default_value = "X-Remote-Extra-", value_name = "PREFIXES")]
    pub requestheader_extra_headers_prefix: Vec<String>,
    /// What admission plug-ins are told: an AdmissionConfiguration, of which PodSecurity is read.
    #[arg(long, value_name = "FILE")]
    pub admission_control_config_file: Option<PathBuf>,
    /// How many requests that change nothing run at a time; shared out among priority levels with the next.
    #[arg(long, default_value_t = 400, value_name = "COUNT")]
    pub max_requests_inflight: usize,
    /// How many requests that change something run at a time.
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    pub max_mutating_requests_inflight: usize,
}

fn audit_mode(text: &str) -> Result<AuditMode, String> {
    match text {
        "blocking" | "blocking-strict" => Ok(AuditMode::Blocking),
        "batch" => Ok(AuditMode::Batch),
        _ => Err("it is neither blocking nor batch".into()),
    }
}

impl ApiFlags {
    /// Who is asking: by certificates of `authority` and by `tokens`, and by what the flags add.
    ///
    /// # Errors
    /// Where a file cannot be used.
    pub fn authenticator(&self, store: &Arc<dyn Store>, tokens: &Arc<Tokens>, authority: &str) -> Result<Authenticator> {
        let authority = CertificateAuthority::new(authority)?;
        let mut authenticator = Authenticator::new(store.clone(), tokens.clone(), authority, system_clock());
        if let Some(file) = &self.token_auth_file {
            authenticator = authenticator.with_token_file(TokenFile::read(file)?);
        }
        if let Some(file) = &self.requestheader_client_ca_file {
            authenticator = authenticator.with_proxies(self.proxies(file)?);
        }
        Ok(if self.anonymous_auth { authenticator } else { authenticator.without_anonymous() })
    }

    fn proxies(&self, file: &Path) -> Result<RequestHeader> {
        let pem = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(RequestHeader {
            authority: CertificateAuthority::new(&pem).with_context(|| format!("cannot use {}", file.display()))?,
            allowed_names: self.requestheader_allowed_names.clone(),
            username_headers: self.requestheader_username_headers.clone(),
            uid_headers: self.requestheader_uid_headers.clone(),
            group_headers: self.requestheader_group_headers.clone(),
            extra_prefixes: self.requestheader_extra_headers_prefix.clone(),
        })
    }

    /// Gives `config` its audit, bounds and plug-ins.
    ///
    /// # Errors
    /// Where a file cannot be used: of the audit policy with the line.
    pub fn configure(&self, config: &mut ServerConfig, rbac: &Rbac) -> Result<()> {
        config.audit = self.audit()?;
        let (reading, mutating) = (self.max_requests_inflight, self.max_mutating_requests_inflight);
        config.limits = Limits { reading, mutating, ..config.limits };
        config.plugins = configured_plugins(rbac.clone(), config.authorizer.clone(), self.admission()?);
        Ok(())
    }

    fn admission(&self) -> Result<AdmissionConfiguration> {
        let file = self.admission_control_config_file.as_deref();
        Ok(file.map(AdmissionConfiguration::read).transpose()?.unwrap_or_default())
    }

    /// Upstream needs both the policy and the log for an audit.
    fn audit(&self) -> Result<Option<Arc<Audit>>> {
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
