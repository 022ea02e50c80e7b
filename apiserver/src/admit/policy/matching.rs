//! Which requests a policy or a binding is about: `matchConstraints`, `matchResources`.

use kontiki_api::meta::Key;
use kontiki_api::selector::LabelSelector;
use serde_json::Value;

use crate::admit::Admission;
use crate::admit::fields::{items, text};

/// `MatchResources`. Selectors that cannot be read match nothing.
#[derive(Debug)]
pub(super) struct MatchResources {
    /// Empty in a binding: everything.
    rules: Vec<Rule>,
    excludes: Vec<Rule>,
    /// Whether the version counts (`matchPolicy: Exact`).
    exact: bool,
    namespaces: LabelSelector,
    objects: LabelSelector,
}

/// `NamedRuleWithOperations`.
#[derive(Debug)]
struct Rule {
    operations: Vec<String>,
    groups: Vec<String>,
    versions: Vec<String>,
    resources: Vec<String>,
    names: Vec<String>,
    scope: String,
}

impl Rule {
    fn read(rule: &Value) -> Self {
        let texts = |pointer: &str| items(rule, pointer).iter().filter_map(Value::as_str).map(String::from).collect();
        Self {
            operations: texts("/operations"),
            groups: texts("/apiGroups"),
            versions: texts("/apiVersions"),
            resources: texts("/resources"),
            names: texts("/resourceNames"),
            scope: text(rule, "/scope").into(),
        }
    }

    fn matches(&self, admission: &Admission<'_>, exact: bool) -> bool {
        let any = |list: &[String], wanted: &str| list.iter().any(|item| item == "*" || item == wanted);
        let namespaced = !admission.target.namespace.is_empty() && admission.kind.namespaced;
        any(&self.operations, admission.operation.as_str())
            && any(&self.groups, &admission.kind.group)
            && (!exact || any(&self.versions, &admission.target.version))
            && self.resources.iter().any(|resource| is_resource(resource, admission))
            && (self.names.is_empty() || any(&self.names, admission.name()))
            && match &*self.scope {
                "Namespaced" => namespaced,
                "Cluster" => !namespaced,
                _ => true,
            }
    }
}

/// Whether `pods`, `pods/*`, `*/scale`, `*` or `*/*` means the request's resource.
fn is_resource(pattern: &str, admission: &Admission<'_>) -> bool {
    let (resource, subresource) = pattern.split_once('/').unwrap_or((pattern, ""));
    let plural = resource == "*" || *resource == *admission.kind.plural;
    plural && (subresource == "*" || *subresource == *admission.target.subresource)
}

impl MatchResources {
    /// Reads `matchConstraints` or `matchResources`.
    pub fn read(value: Option<&Value>) -> Self {
        let value = value.unwrap_or(&Value::Null);
        let selector = |pointer: &str| match value.pointer(pointer) {
            None | Some(Value::Null) => LabelSelector::everything(),
            Some(selector) => LabelSelector::from_value(selector).unwrap_or(LabelSelector::nothing()),
        };
        Self {
            rules: items(value, "/resourceRules").iter().map(Rule::read).collect(),
            excludes: items(value, "/excludeResourceRules").iter().map(Rule::read).collect(),
            exact: text(value, "/matchPolicy") == "Exact",
            namespaces: selector("/namespaceSelector"),
            objects: selector("/objectSelector"),
        }
    }

    /// Whether a policy with these constraints is about the request.
    pub fn selects(&self, admission: &Admission<'_>) -> bool {
        !self.rules.is_empty() && self.narrows(admission)
    }

    /// Whether a binding with these constraints leaves the request in.
    pub fn narrows(&self, admission: &Admission<'_>) -> bool {
        let matches = |rule: &Rule| rule.matches(admission, self.exact);
        (self.rules.is_empty() || self.rules.iter().any(matches))
            && !self.excludes.iter().any(matches)
            && self.selects_object(admission)
            && self.selects_namespace(admission)
    }

    /// The object as it is or as it was.
    fn selects_object(&self, admission: &Admission<'_>) -> bool {
        let has = |object: &Value| !object.is_null() && matches(&self.objects, object);
        self.objects.is_everything() || has(admission.object) || admission.old.is_some_and(has)
    }

    /// The object's namespace; of a namespace its own labels; objects without one always.
    fn selects_namespace(&self, admission: &Admission<'_>) -> bool {
        if self.namespaces.is_everything() {
            return true;
        }
        if admission.is("", "namespaces") {
            let object = if admission.object.is_null() { admission.old.unwrap_or(&Value::Null) } else { &*admission.object };
            return matches(&self.namespaces, object);
        }
        if !admission.kind.namespaced {
            return true;
        }
        let namespace = admission.store.get(&Key::new("namespaces", "", admission.target.namespace.clone()));
        namespace.is_some_and(|namespace| self.namespaces.matches_head(&namespace.head))
    }
}

fn matches(selector: &LabelSelector, object: &Value) -> bool {
    selector.matches_with(|key| object.pointer("/metadata/labels")?.get(key)?.as_str())
}
