//! One rule of a role.

use kontiki_api::Text;
use serde::{Deserialize, Serialize};

use crate::authorize::Attributes;

/// `rbac.authorization.k8s.io` `PolicyRule`. Absent lists are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// What may be done; `*` for everything.
    #[serde(deserialize_with = "nullable")]
    pub verbs: Vec<Text>,
    /// API groups; `*` for all.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub api_groups: Vec<Text>,
    /// Plurals, with the subresource behind a slash: `pods/log`, `*/scale`, `*`.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub resources: Vec<Text>,
    /// Names; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub resource_names: Vec<Text>,
    /// Paths; a `*` at the end stands for anything.
    #[serde(rename = "nonResourceURLs", skip_serializing_if = "Vec::is_empty", deserialize_with = "nullable")]
    pub non_resource_urls: Vec<Text>,
}

/// JSON `null` is an empty list, as Go reads it.
fn nullable<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Text>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Rule {
    /// Whether this rule allows what is asked.
    pub fn allows(&self, asked: &Attributes) -> bool {
        if !has(&self.verbs, &asked.verb) {
            return false;
        }
        if asked.resource.is_empty() {
            return self.non_resource_urls.iter().any(|url| path_matches(url, &asked.path));
        }
        has(&self.api_groups, &asked.group)
            && self.resources.iter().any(|rule| resource_matches(rule, &asked.resource, &asked.subresource))
            && (self.resource_names.is_empty() || self.resource_names.contains(&asked.name))
    }
}

/// Whether one of `rules` allows what is asked.
pub fn allows(rules: &[Rule], asked: &Attributes) -> bool {
    rules.iter().any(|rule| rule.allows(asked))
}

/// Whether `list` names `wanted`, or everything.
fn has(list: &[Text], wanted: &str) -> bool {
    list.iter().any(|item| &**item == "*" || &**item == wanted)
}

/// Whether the rule's `pods`, `pods/log`, `*/log` or `*` means `resource`/`subresource`.
fn resource_matches(rule: &str, resource: &str, subresource: &str) -> bool {
    match rule.split_once('/') {
        // A token's audience is asked about as a resource, and may have slashes.
        _ if subresource.is_empty() => rule == "*" || rule == resource,
        None => rule == "*",
        Some((of, sub)) => sub == subresource && (of == "*" || of == resource),
    }
}

/// Whether the rule's path means `path`.
pub(super) fn path_matches(rule: &str, path: &str) -> bool {
    rule == path || rule.strip_suffix('*').is_some_and(|prefix| path.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_with_its_subresource_or_whole() {
        for (rule, resource, subresource) in
            [("pods", "pods", ""), ("*", "pods", "log"), ("pods/log", "pods", "log"), ("*/log", "pods", "log")]
        {
            assert!(resource_matches(rule, resource, subresource), "{rule}");
        }
        assert!(resource_matches("https://vault.example.com/a", "https://vault.example.com/a", ""), "an audience");
        for (rule, resource, subresource) in
            [("pods", "pods", "log"), ("pods/log", "pods", ""), ("*/log", "pods", ""), ("pods/log", "nodes", "log")]
        {
            assert!(!resource_matches(rule, resource, subresource), "{rule}");
        }
    }
}
