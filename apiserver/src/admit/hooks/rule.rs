//! Which requests a webhook or a policy wants to see.

use kontiki_api::kind::Kind;
use serde_json::Value;

use super::Subject;

/// One entry of `rules`, or of the `resourceRules` of a policy.
#[derive(Debug)]
pub(super) struct Rule {
    groups: Vec<String>,
    versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
    /// `resourceNames`, which only policies have; none for every name.
    names: Vec<String>,
    scope: String,
}

impl Rule {
    /// Reads one entry.
    pub fn read(rule: &Value) -> Self {
        let list = |name: &str| {
            let list = rule.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(String::from).collect()
        };
        let scope = rule.get("scope").and_then(Value::as_str).unwrap_or("*");
        Self {
            groups: list("apiGroups"),
            versions: list("apiVersions"),
            resources: list("resources"),
            operations: list("operations"),
            names: list("resourceNames"),
            scope: scope.into(),
        }
    }

    /// Whether it means `subject`, a request about an object called `name`, were it sent to the collection of `row`.
    pub fn matches(&self, subject: &Subject<'_>, name: &str, row: &Kind) -> bool {
        names(&self.operations, subject.operation.as_str())
            && names(&self.groups, &row.group)
            && names(&self.versions, &row.version)
            && self.resources.iter().any(|resource| names_resource(resource, &row.plural, &subject.target.subresource))
            && (self.names.is_empty() || self.names.iter().any(|own| own == name))
            && self.scoped(subject)
    }

    /// Namespaces themselves count as objects of the cluster.
    fn scoped(&self, subject: &Subject<'_>) -> bool {
        let namespaced = subject.kind.namespaced && !subject.target.namespace.is_empty();
        match self.scope.as_str() {
            "Namespaced" => namespaced,
            "Cluster" => !namespaced,
            _ => true,
        }
    }
}

fn names(list: &[String], wanted: &str) -> bool {
    list.iter().any(|entry| entry == "*" || entry == wanted)
}

/// `pods`, `pods/exec`, `pods/*`, `*/scale`, `*` (no subresource) or `*/*`.
fn names_resource(entry: &str, plural: &str, subresource: &str) -> bool {
    let (resource, sub) = entry.split_once('/').unwrap_or((entry, ""));
    (resource == "*" || resource == plural) && (sub == "*" || sub == subresource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_alone_means_no_subresource() {
        for (entry, sub, wanted) in [
            ("*", "", true),
            ("*", "exec", false),
            ("*/*", "", true),
            ("*/*", "exec", true),
            ("pods/*", "exec", true),
            ("pods/*", "", true),
            ("*/exec", "exec", true),
            ("pods", "status", false),
            ("services", "", false),
        ] {
            assert_eq!(names_resource(entry, "pods", sub), wanted, "{entry} for pods/{sub}");
        }
    }
}
