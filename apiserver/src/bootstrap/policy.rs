//! Reads the table of bootstrap roles and bindings.

use kontiki_api::Text;

use crate::authorize::rbac::Rule;

const TABLE: &str = include_str!("policy.txt");

/// A role of the table.
#[derive(Clone, Debug, Default)]
pub(super) struct RoleRow {
    /// Empty for a ClusterRole.
    pub namespace: String,
    pub name: String,
    /// `aggregate-to-X` labels.
    pub labels: Vec<String>,
    /// What it aggregates: `X` of `aggregate-to-X`.
    pub aggregates: Option<String>,
    pub rules: Vec<Rule>,
}

/// A binding of the table.
#[derive(Clone, Debug, Default)]
pub(super) struct BindingRow {
    /// Empty for a ClusterRoleBinding.
    pub namespace: String,
    pub name: String,
    pub role: String,
    /// `group:NAME`, `user:NAME` or `sa:NAMESPACE/NAME`.
    pub subjects: Vec<String>,
}

/// The whole table.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    pub roles: Vec<RoleRow>,
    pub bindings: Vec<BindingRow>,
}

impl Policy {
    /// The table as it is built in; a test keeps every line of it readable.
    pub fn built_in() -> Self {
        let mut policy = Self::default();
        for line in TABLE.lines() {
            policy.take(line);
        }
        policy
    }

    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["role", name, labels @ ..] => self.roles.push(role(name, labels)),
            ["sum", name, of, labels @ ..] => {
                self.roles.push(RoleRow { aggregates: Some((*of).into()), ..role(name, labels) });
            }
            ["controller", name, aliases @ ..] => self.controller(name, aliases),
            ["bind", role, "as", name, subjects @ ..] => self.bindings.push(binding(role, Some(name), subjects)),
            ["bind", role, subjects @ ..] => self.bindings.push(binding(role, None, subjects)),
            [verbs, rest @ ..] => {
                let Some(role) = self.roles.last_mut() else { return };
                role.rules.extend(rule(verbs, rest));
            }
        }
    }

    fn controller(&mut self, name: &str, aliases: &[&str]) {
        let mut row = role(&format!("system:controller:{name}"), &[]);
        row.rules.extend(rule("create,patch,update", &["core,events.k8s.io", "events"]));
        // Reconcilers of ours are called `X-controller` throughout; upstream's names are not so regular.
        let regular = (!name.ends_with("-controller")).then(|| format!("{name}-controller"));
        let names = std::iter::once(name).chain(regular.as_deref()).chain(aliases.iter().copied());
        let accounts: Vec<String> = names.map(|name| format!("sa:kube-system/{name}")).collect();
        let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
        self.bindings.push(binding(&row.name, None, &accounts));
        self.roles.push(row);
    }
}

fn role(name: &str, labels: &[&str]) -> RoleRow {
    let (namespace, name) = scoped(name);
    let labels = labels.iter().map(|label| (*label).into()).collect();
    RoleRow { namespace, name, labels, ..RoleRow::default() }
}

fn binding(role: &str, name: Option<&str>, subjects: &[&str]) -> BindingRow {
    let (namespace, role) = scoped(role);
    let name = name.unwrap_or(&role).to_owned();
    BindingRow { namespace, name, role, subjects: subjects.iter().map(|subject| (*subject).into()).collect() }
}

fn scoped(name: &str) -> (String, String) {
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    (namespace.into(), name.into())
}

fn rule(verbs: &str, rest: &[&str]) -> Option<Rule> {
    let verbs = verbs.split(',').flat_map(verb).map(Text::from).collect();
    match rest {
        ["path", paths] => Some(Rule { verbs, non_resource_urls: texts(paths), ..Rule::default() }),
        [groups, resources, names @ ..] => Some(Rule {
            verbs,
            api_groups: groups.split(',').map(|group| if group == "core" { "" } else { group }).map(Text::from).collect(),
            resources: texts(resources),
            resource_names: names.first().map(|names| texts(names)).unwrap_or_default(),
            ..Rule::default()
        }),
        _ => None,
    }
}

fn verb(word: &str) -> Vec<&str> {
    match word {
        "R" => vec!["get", "list", "watch"],
        "W" => vec!["create", "delete", "deletecollection", "patch", "update"],
        other => vec![other],
    }
}

fn texts(list: &str) -> Vec<Text> {
    list.split(',').map(Text::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let policy = Policy::built_in();
        let rule_lines = TABLE.lines().filter(|line| line.starts_with("  ")).count();
        let rules: usize = policy.roles.iter().map(|role| role.rules.len()).sum();
        let controllers = TABLE.lines().filter(|line| line.starts_with("controller ")).count();
        assert_eq!(rules, rule_lines + controllers);
        for role in &policy.roles {
            assert!(role.rules.is_empty() == role.aggregates.is_some(), "{}", role.name);
        }
    }

    #[test]
    fn every_binding_refers_to_a_role_of_the_table() {
        let policy = Policy::built_in();
        for binding in &policy.bindings {
            let found = policy.roles.iter().any(|role| role.name == binding.role && role.namespace == binding.namespace);
            assert!(found, "{} {}", binding.namespace, binding.role);
        }
    }
}
