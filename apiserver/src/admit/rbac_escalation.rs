//! Nobody gives away rights they do not have.

use std::sync::Arc;

use kontiki_api::go::{quoted, quoted_list};
use kontiki_api::meta::{Key, Resource};
use kontiki_api::status::Status;
use serde::Deserialize;
use serde_json::Value;

use super::fields::{items, text};
use super::{Admission, Operation, Plugin};
use crate::authorize::rbac::{Rbac, Rule, compact, uncovered};
use crate::authorize::{Attributes, Authorize, Decision, MASTERS};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Writing a role takes the rights it holds, or the verb `escalate`; binding one takes them, or the verb `bind`.
/// Upstream does this in the storage of RBAC's kinds.
pub(super) struct RbacEscalation {
    rbac: Rbac,
    authorizer: Arc<dyn Authorize>,
}

impl RbacEscalation {
    pub fn new(rbac: Rbac, authorizer: Arc<dyn Authorize>) -> Self {
        Self { rbac, authorizer }
    }

    fn may(&self, admission: &Admission<'_>, verb: &str, resource: &str, name: &str) -> bool {
        let asked = Attributes {
            user: admission.user.clone(),
            verb: verb.into(),
            group: GROUP.into(),
            resource: resource.into(),
            namespace: admission.target.namespace.clone(),
            name: name.into(),
            ..Attributes::default()
        };
        self.authorizer.authorize(&asked) == Decision::Allow
    }

    fn role(&self, admission: &Admission<'_>) -> Result<(), Status> {
        if only_for_collection(admission) || self.may(admission, "escalate", &admission.kind.plural, admission.name()) {
            return Ok(());
        }
        self.covered(admission, &rules_of(admission.object))?;
        let aggregates = aggregates(admission.object) || admission.old.is_some_and(aggregates);
        if aggregates && self.covered(admission, &everything()).is_err() {
            let which = if admission.old.is_some() { "an" } else { "the" };
            return Err(admission.forbidden(&format!("must have cluster-admin privileges to use {which} aggregationRule")));
        }
        Ok(())
    }

    fn binding(&self, admission: &Admission<'_>) -> Result<(), Status> {
        let (kind, name) = (text(admission.object, "/roleRef/kind"), text(admission.object, "/roleRef/name"));
        let resource = if kind == "Role" { "roles" } else { "clusterroles" };
        if only_for_collection(admission) || self.may(admission, "bind", resource, name) {
            return Ok(());
        }
        let namespace = if kind == "Role" { admission.target.namespace.clone() } else { "".into() };
        match admission.store.get(&Key::new(Resource::new(GROUP, resource), namespace, name)) {
            Some(role) => self.covered(admission, &rules_of(&role.to_value())),
            None => Err(Status::not_found(GROUP, resource, name)),
        }
    }

    fn covered(&self, admission: &Admission<'_>, wanted: &[Rule]) -> Result<(), Status> {
        let held = self.rbac.rules(admission.user, &admission.target.namespace);
        let missing = uncovered(&held, wanted);
        if missing.is_empty() {
            return Ok(());
        }
        let mut missing: Vec<String> = compact(missing).iter().map(printed).collect();
        missing.sort();
        missing.dedup();
        let mut why = format!(
            "user {} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
            quoted(&admission.user.name),
            quoted_list(&admission.user.groups),
            missing.join("\n")
        );
        let unresolved = self.rbac.missing(admission.user, &admission.target.namespace);
        if !unresolved.is_empty() {
            why = format!("{why}; resolution errors: [{}]", unresolved.join(" "));
        }
        Err(admission.forbidden(&why))
    }
}

impl Plugin for RbacEscalation {
    fn name(&self) -> &'static str {
        "RBACEscalation"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[(GROUP, "roles"), (GROUP, "clusterroles"), (GROUP, "rolebindings"), (GROUP, "clusterrolebindings")]
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let writes = matches!(admission.operation, Operation::Create | Operation::Update);
        let master = admission.user.groups.iter().any(|group| &**group == MASTERS);
        if !writes || master {
            return Ok(());
        }
        match &*admission.kind.plural {
            "roles" | "clusterroles" => self.role(admission),
            "rolebindings" | "clusterrolebindings" => self.binding(admission),
            _ => Ok(()),
        }
    }
}

fn rules_of(role: &Value) -> Vec<Rule> {
    items(role, "/rules").iter().filter_map(|rule| Rule::deserialize(rule).ok()).collect()
}

fn aggregates(role: &Value) -> bool {
    !items(role, "/aggregationRule/clusterRoleSelectors").is_empty()
}

/// Whether an update changes nothing but what the garbage collector needs to delete the object in the end. A label is more than that: it
/// may make other roles gather the rules of this one.
fn only_for_collection(admission: &Admission<'_>) -> bool {
    let rest = |object: &Value| {
        let mut object = object.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in ["ownerReferences", "finalizers", "managedFields", "resourceVersion"] {
                metadata.remove(field);
            }
        }
        object
    };
    admission.old.is_some_and(|old| rest(old) == rest(admission.object))
}

/// An aggregating role may come to hold anything.
fn everything() -> Vec<Rule> {
    let all = || vec!["*".into()];
    vec![
        Rule { verbs: all(), api_groups: all(), resources: all(), ..Rule::default() },
        Rule { verbs: all(), non_resource_urls: all(), ..Rule::default() },
    ]
}

/// A right as upstream prints it.
fn printed(right: &Rule) -> String {
    let fields = [
        ("APIGroups", &right.api_groups),
        ("Resources", &right.resources),
        ("NonResourceURLs", &right.non_resource_urls),
        ("ResourceNames", &right.resource_names),
        ("Verbs", &right.verbs),
    ];
    let shown =
        fields.iter().filter(|(_, items)| !items.is_empty()).map(|(name, items)| format!("{name}:{}", quoted_list(items)));
    format!("{{{}}}", shown.collect::<Vec<_>>().join(", "))
}
