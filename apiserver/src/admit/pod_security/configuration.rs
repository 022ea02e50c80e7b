//! What holds where a namespace says nothing, and for whom nothing holds.

use serde::Deserialize;

use super::policy::{MODES, PREFIX, Policy, Wanted, faults};

/// `pod-security.admission.config.k8s.io/v1` PodSecurityConfiguration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodSecurityConfiguration {
    #[serde(default, rename = "apiVersion")]
    _api_version: String,
    #[serde(default, rename = "kind")]
    _kind: String,
    #[serde(default)]
    defaults: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub(super) exemptions: Exemptions,
}

/// For whom nothing is checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Exemptions {
    #[serde(default)]
    usernames: Vec<String>,
    #[serde(default)]
    namespaces: Vec<String>,
    #[serde(default)]
    runtime_classes: Vec<String>,
}

impl PodSecurityConfiguration {
    /// What holds where a namespace says nothing.
    pub(super) fn policy(&self) -> Policy {
        let said = |key: &str| self.said(key);
        let policy = Policy::of(said, &Policy::default());
        // Here nothing follows from what is enforced.
        let warn = if said(&format!("{PREFIX}warn")).is_some() { policy.warn } else { Wanted::default() };
        Policy { warn, ..policy }
    }

    /// What is wrong with the defaults, if anything is.
    pub(in crate::admit) fn fault(&self) -> Option<String> {
        let known =
            |key: &&String| MODES.iter().any(|mode| key.strip_prefix(mode).is_some_and(|end| matches!(end, "" | "-version")));
        if let Some(unknown) = self.defaults.keys().find(|key| !known(key)) {
            return Some(format!("unknown field defaults.{unknown}"));
        }
        let (key, value, why) = faults(|key| self.said(key)).into_iter().next()?;
        Some(format!("defaults.{}: invalid value {value:?}: {why}", key.trim_start_matches(PREFIX)))
    }

    fn said(&self, label: &str) -> Option<&str> {
        let key = label.strip_prefix(PREFIX)?;
        self.defaults.get(key).map(String::as_str).filter(|text| !text.is_empty())
    }
}

impl Exemptions {
    /// Whether nothing is checked in `namespace`.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        !namespace.is_empty() && self.namespaces.iter().any(|entry| entry == namespace)
    }

    /// Whether nothing is checked of pods of `runtime_class`.
    pub fn has_runtime_class(&self, runtime_class: &str) -> bool {
        !runtime_class.is_empty() && self.runtime_classes.iter().any(|entry| entry == runtime_class)
    }

    /// By what the audit is told that nothing is checked; `None` where it is.
    pub fn reason(&self, user: &str, namespace: &str, runtime_class: &str) -> Option<&'static str> {
        if self.has_namespace(namespace) {
            Some("namespace")
        } else if !user.is_empty() && self.usernames.iter().any(|entry| entry == user) {
            Some("user")
        } else if self.has_runtime_class(runtime_class) {
            Some("runtimeClass")
        } else {
            None
        }
    }
}
