//! Which requests are written down, and how much of them.

use std::path::Path;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::rule::{Asked, Rule};
use super::{AuditError, Level, Stage};

/// The only version of policies that is read.
const API_VERSION: &str = "audit.k8s.io/v1";

/// An audit policy: the first rule that matches decides.
#[derive(Debug)]
pub struct Policy {
    rules: Vec<Rule>,
    omit_stages: Vec<Stage>,
    omit_managed_fields: bool,
}

/// What a policy wants of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub level: Level,
    /// Stages without an event.
    pub omit_stages: Vec<Stage>,
    /// Whether `metadata.managedFields` is left out of bodies.
    pub omit_managed_fields: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    api_version: Spanned<String>,
    kind: Spanned<String>,
    #[serde(default, rename = "metadata")]
    _metadata: serde_json::Value,
    #[serde(default)]
    rules: Vec<Spanned<Rule>>,
    #[serde(default)]
    omit_stages: Vec<Stage>,
    #[serde(default)]
    omit_managed_fields: bool,
}

impl Policy {
    /// Reads the policy in the file at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, or is no policy: with the line.
    pub fn read(path: &Path) -> Result<Self, AuditError> {
        let text = std::fs::read_to_string(path).map_err(|source| AuditError::Unreadable { path: path.into(), source })?;
        Self::parse(&text, path)
    }

    /// Reads `text`, which stands in the file at `path`.
    ///
    /// # Errors
    /// Where it is no policy: with the line.
    pub fn parse(text: &str, path: &Path) -> Result<Self, AuditError> {
        let wrong = |line, column, why: String| AuditError::Policy { path: path.into(), line, column, why };
        let file: File = serde_saphyr::from_str(text).map_err(|error| {
            let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
            wrong(line, column, error.without_snippet().to_string())
        })?;
        for (field, wanted) in [(&file.api_version, API_VERSION), (&file.kind, "Policy")] {
            if field.value != wanted {
                let place = field.referenced;
                return Err(wrong(place.line(), place.column(), format!("expected {wanted}, found {:?}", field.value)));
            }
        }
        if file.rules.is_empty() {
            return Err(wrong(1, 1, "a policy needs at least one rule".into()));
        }
        for rule in &file.rules {
            if let Some(why) = rule.value.fault() {
                return Err(wrong(rule.referenced.line(), rule.referenced.column(), why));
            }
        }
        let rules = file.rules.into_iter().map(|rule| rule.value).collect();
        Ok(Self { rules, omit_stages: file.omit_stages, omit_managed_fields: file.omit_managed_fields })
    }

    /// What is wanted of a request; nothing where no rule matches.
    pub(crate) fn wanted(&self, asked: &Asked<'_>) -> Wanted {
        let Some(rule) = self.rules.iter().find(|rule| rule.matches(asked)) else { return Wanted::default() };
        Wanted {
            level: rule.level,
            omit_stages: self.omit_stages.iter().chain(&rule.omit_stages).copied().collect(),
            omit_managed_fields: rule.omit_managed_fields.unwrap_or(self.omit_managed_fields),
        }
    }
}
