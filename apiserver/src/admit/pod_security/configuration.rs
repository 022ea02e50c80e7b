//! What holds where a namespace says nothing, and for whom nothing holds.

use serde::Deserialize;

use super::policy::Policy;

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
    /// What the labels `label` of a namespace ask for, with the defaults where they say nothing.
    pub(super) fn policy<'a>(&'a self, label: impl Fn(&str) -> Option<&'a str>) -> Policy {
        let default = |key: &str| self.defaults.get(key.rsplit('/').next().unwrap_or_default()).map(String::as_str);
        Policy::of(|key| label(key).or_else(|| default(key)))
    }
}

impl Exemptions {
    /// By what the audit is told that nothing is checked; `None` where it is.
    pub fn reason(&self, user: &str, namespace: &str, runtime_class: &str) -> Option<&'static str> {
        let has = |list: &[String], name: &str| !name.is_empty() && list.iter().any(|entry| entry == name);
        if has(&self.namespaces, namespace) {
            Some("namespace")
        } else if has(&self.usernames, user) {
            Some("user")
        } else if has(&self.runtime_classes, runtime_class) {
            Some("runtimeClass")
        } else {
            None
        }
    }
}
