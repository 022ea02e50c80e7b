//! One rule of a policy.

use kontiki_api::request::{Target, User};
use serde::Deserialize;

use super::{Level, Stage};

/// What a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Who asks; `None` where that is not known.
    pub user: Option<&'a User>,
    /// The verb; the method in lower case for paths that are no resource.
    pub verb: &'a str,
    /// What it is about; `None` for a path that is no resource.
    pub target: Option<&'a Target>,
    /// The path.
    pub path: &'a str,
}

/// `audit.k8s.io/v1` PolicyRule. What is not said in it holds for everything.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rule {
    pub level: Level,
    #[serde(default)]
    users: Vec<String>,
    #[serde(default)]
    user_groups: Vec<String>,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    resources: Vec<Resources>,
    #[serde(default)]
    namespaces: Vec<String>,
    #[serde(default, rename = "nonResourceURLs")]
    paths: Vec<String>,
    #[serde(default)]
    pub omit_stages: Vec<Stage>,
    pub omit_managed_fields: Option<bool>,
}

/// `audit.k8s.io/v1` GroupResources.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resources {
    #[serde(default)]
    group: String,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    resource_names: Vec<String>,
}

impl Rule {
    /// What no policy may say.
    pub fn fault(&self) -> Option<String> {
        let of_resources = !self.resources.is_empty() || !self.namespaces.is_empty();
        if of_resources && !self.paths.is_empty() {
            return Some("a rule cannot apply to both resources and nonResourceURLs".into());
        }
        let wrong = |path: &&String| {
            let stars = path.matches('*').count();
            **path != "*" && (!path.starts_with('/') || stars > usize::from(path.ends_with('*')))
        };
        if let Some(path) = self.paths.iter().find(wrong) {
            return Some(format!(
                "nonResourceURLs: {path:?} must be \"*\" or begin with a slash, with a star at its end at most"
            ));
        }
        let nameless = |group: &&Resources| group.resources.is_empty() && !group.resource_names.is_empty();
        if self.resources.iter().any(|group| nameless(&group)) {
            return Some("resourceNames need at least one resource beside them".into());
        }
        let group = self.resources.iter().find(|group| group.group.contains('/'))?;
        Some(format!("group {:?} must be a group without a version", group.group))
    }

    /// Whether it is about what is asked.
    pub fn matches(&self, asked: &Asked<'_>) -> bool {
        let has = |list: &[String], text: &str| list.is_empty() || list.iter().any(|entry| entry == text);
        let groups = asked.user.map_or(&[][..], |user| &user.groups);
        let grouped = self.user_groups.is_empty() || groups.iter().any(|group| has(&self.user_groups, group));
        if !grouped || !has(&self.users, asked.user.map_or("", |user| &user.name)) || !has(&self.verbs, asked.verb) {
            return false;
        }
        if !self.resources.is_empty() || !self.namespaces.is_empty() {
            return asked.target.is_some_and(|target| {
                has(&self.namespaces, &target.namespace)
                    && (self.resources.is_empty() || self.resources.iter().any(|group| group.matches(target)))
            });
        }
        self.paths.is_empty() || asked.target.is_none() && self.paths.iter().any(|path| matches_path(path, asked.path))
    }
}

impl Resources {
    fn matches(&self, target: &Target) -> bool {
        let named = self.resource_names.is_empty() || self.resource_names.iter().any(|name| **name == *target.name);
        *self.group == *target.group
            && (self.resources.is_empty() || named && self.resources.iter().any(|entry| matches_resource(entry, target)))
    }
}

/// `pods`, `pods/log`, `pods/*`, `*/scale` or `*`.
fn matches_resource(entry: &str, target: &Target) -> bool {
    match entry.split_once('/') {
        None => entry == "*" || (entry == &*target.plural && target.subresource.is_empty()),
        Some((plural, "*")) => plural == &*target.plural,
        Some(("*", subresource)) => subresource == &*target.subresource,
        Some((plural, subresource)) => plural == &*target.plural && subresource == &*target.subresource,
    }
}

fn matches_path(entry: &str, path: &str) -> bool {
    entry == path || entry.strip_suffix('*').is_some_and(|front| path.starts_with(front))
}
