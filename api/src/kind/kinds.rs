//! The set of kinds a server knows: built-ins and, at run time, CRDs.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use super::{Kind, priority, version_priority};
use crate::Text;

/// Rows, ordered by group, version and plural. Cheap to clone; a CRD makes a new set.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    rows: Vec<Arc<Kind>>,
}

impl Kinds {
    /// Adds or replaces a row.
    pub fn insert(&mut self, kind: Kind) {
        match self.position(&kind.group, &kind.version, &kind.plural) {
            Ok(at) => self.rows[at] = Arc::new(kind),
            Err(at) => self.rows.insert(at, Arc::new(kind)),
        }
    }

    /// The row served at `group`/`version`/`plural`.
    pub fn get(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.rows.get(self.position(group, version, plural).ok()?)
    }

    /// The row of `kind` in `api_version`, as an object's own type meta says.
    pub fn by_kind(&self, api_version: &str, kind: &str) -> Option<&Arc<Kind>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.in_version(group, version).iter().find(|row| &*row.kind == kind)
    }

    /// The rows of one group and version, by plural.
    pub fn in_version(&self, group: &str, version: &str) -> &[Arc<Kind>] {
        let place = |row: &Arc<Kind>| (&*row.group, &*row.version).cmp(&(group, version));
        let first = self.rows.partition_point(|row| place(row).is_lt());
        let behind = self.rows.partition_point(|row| place(row).is_le());
        &self.rows[first..behind]
    }

    /// The rows of one group, by version and plural.
    pub fn in_group(&self, group: &str) -> &[Arc<Kind>] {
        let first = self.rows.partition_point(|row| *row.group < *group);
        let behind = self.rows.partition_point(|row| *row.group <= *group);
        &self.rows[first..behind]
    }

    /// Removes the rows that `unwanted` picks.
    pub fn remove(&mut self, unwanted: impl Fn(&Kind) -> bool) {
        self.rows.retain(|row| !unwanted(row));
    }

    /// The names of the groups, the preferred one first: by their places, then by name; the core group, which has a path of its
    /// own, before all others.
    pub fn groups(&self) -> Vec<Text> {
        let mut names: Vec<Text> = self.rows.iter().map(|row| row.group.clone()).collect();
        names.dedup();
        names.sort_by_cached_key(|name| (!name.is_empty(), Reverse(self.group_priority(name))));
        names
    }

    /// Where `group` stands among others: as high as any of its versions.
    pub fn group_priority(&self, group: &str) -> i64 {
        self.in_group(group).iter().map(|row| priority(row).0).max().unwrap_or_default()
    }

    /// The versions of a group, the preferred one first.
    pub fn versions(&self, group: &str) -> Vec<Text> {
        let mut rows: Vec<&Arc<Kind>> = self.in_group(group).iter().collect();
        rows.dedup_by_key(|row| &row.version);
        rows.sort_by_key(|row| Reverse((priority(row).1, version_priority(&row.version))));
        rows.into_iter().map(|row| row.version.clone()).collect()
    }

    /// The row that people mean by `name`: a plural, singular, short name or kind, with `.group`
    /// or `.version.group` behind it where several groups have it. The core group goes before
    /// others, these by their places, and in a group the most preferred version.
    pub fn find(&self, name: &str) -> Option<&Arc<Kind>> {
        let name = name.to_ascii_lowercase();
        let (name, place) = name.split_once('.').unwrap_or((&name, ""));
        let matching = self.rows.iter().filter(|row| row.is_called(name) && (place.is_empty() || row.is_in(place)));
        matching.min_by_key(|row| {
            let version = (priority(row).1, version_priority(&row.version));
            (!row.group.is_empty(), Reverse(self.group_priority(&row.group)), &row.group, Reverse(version))
        })
    }

    /// Every row, by group, version and plural.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.rows.iter()
    }

    fn position(&self, group: &str, version: &str, plural: &str) -> Result<usize, usize> {
        self.rows.binary_search_by(|row| compare(row, group, version, plural))
    }
}

fn compare(row: &Kind, group: &str, version: &str, plural: &str) -> Ordering {
    (&*row.group, &*row.version, &*row.plural).cmp(&(group, version, plural))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::custom::{Crd, DEFINITIONS, rows};
    use crate::meta::{Key, Revision};
    use crate::object::Draft;

    fn with_deployments_of(group: &str) -> Kinds {
        let version = |name: &str| json!({"name": name, "served": true, "storage": name == "v1", "schema": {"openAPIV3Schema": {"type": "object"}}});
        let definition = json!({"metadata": {"name": format!("deployments.{group}")}, "spec": {"group": group, "scope": "Namespaced",
            "names": {"plural": "deployments", "singular": "deployment", "kind": "Deployment", "listKind": "DeploymentList"},
            "versions": [version("v1"), version("v2")]}, "status": {"conditions": [{"type": "Established", "status": "True"}]}});
        let stored = Draft::new(Key::new(DEFINITIONS, "", format!("deployments.{group}")), definition, &[]).at(Revision(1));
        let mut kinds = Kinds::builtin();
        rows(&Arc::new(Crd::read(&stored, None).unwrap())).into_iter().for_each(|row| kinds.insert(row));
        kinds
    }

    #[test]
    fn what_is_built_in_goes_before_custom_kinds_of_the_same_name() {
        let kinds = with_deployments_of("a.example.com");
        let place = |name: &str| kinds.find(name).map(|row| row.api_version());
        assert_eq!(place("deployments").as_deref(), Some("apps/v1"));
        assert_eq!(place("deploy").as_deref(), Some("apps/v1"));
        assert_eq!(place("deployments.a.example.com").as_deref(), Some("a.example.com/v2"));
        assert_eq!(place("deployments.v1.a.example.com").as_deref(), Some("a.example.com/v1"));
        assert_eq!(place("events").as_deref(), Some("v1"));
        assert_eq!(place("hpa").as_deref(), Some("autoscaling/v2"));
    }

    #[test]
    fn groups_and_versions_have_the_places_of_upstream() {
        let kinds = with_deployments_of("a.example.com");
        let groups = kinds.groups();
        assert_eq!(groups[..5], ["", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io"].map(Text::from));
        let last = ["discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io", "a.example.com"];
        assert_eq!(groups[groups.len() - 4..], last.map(Text::from));
        assert_eq!(kinds.versions("a.example.com"), ["v2", "v1"].map(Text::from));
        assert_eq!(kinds.versions("autoscaling"), ["v2", "v1"].map(Text::from));
        assert!(
            groups
                .iter()
                .skip(1)
                .zip(groups.iter().skip(2))
                .all(|(one, next)| kinds.group_priority(one) >= kinds.group_priority(next))
        );
    }
}
