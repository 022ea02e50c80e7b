//! Every role and binding, arranged for the question who may do what.

use std::collections::HashMap;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::request::User;
use serde::Deserialize;
use serde_json::Value;

use super::Rule;
use super::grants::{Binding, Grants, RoleRef};
use crate::authorize::Attributes;

pub(super) const CLUSTER_ROLES: &str = "clusterroles.rbac.authorization.k8s.io";
pub(super) const CLUSTER_BINDINGS: &str = "clusterrolebindings.rbac.authorization.k8s.io";
pub(super) const ROLES: &str = "roles.rbac.authorization.k8s.io";
pub(super) const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";

/// As many missing roles are told.
const MISSING: usize = 100;

/// Roles and bindings; a fold over the objects of the four RBAC kinds.
#[derive(Default)]
pub struct Index {
    cluster_roles: HashMap<Text, Arc<[Rule]>>,
    cluster_grants: Grants,
    roles: HashMap<Text, HashMap<Text, Arc<[Rule]>>>,
    grants: HashMap<Text, Grants>,
}

impl Index {
    /// Takes in one object as it is now, or its deletion. Objects of other kinds are nothing to it.
    pub fn apply(&mut self, object: &Object, deleted: bool) {
        let Key { resource, namespace, name } = &object.key;
        let value = if deleted { Value::Null } else { object.to_value() };
        match resource.as_str() {
            CLUSTER_ROLES => set(&mut self.cluster_roles, name, read_rules(&value)),
            CLUSTER_BINDINGS => bind(&mut self.cluster_grants, name, Binding::read(&value)),
            ROLES => within(&mut self.roles, namespace, |roles| set(roles, name, read_rules(&value)), HashMap::is_empty),
            BINDINGS => {
                let binding = Binding::read(&value);
                within(&mut self.grants, namespace, |grants| bind(grants, name, binding), Grants::is_empty);
            }
            _ => {}
        }
    }

    /// Whether a role of the user allows what is asked.
    pub fn allows(&self, asked: &Attributes) -> bool {
        self.rule_sets(&asked.user, &asked.namespace).any(|rules| rules.iter().any(|rule| rule.allows(asked)))
    }

    /// Which binding of which role allows what is asked, in upstream's words; `None` where none does.
    pub fn reason(&self, asked: &Attributes) -> Option<String> {
        let allows = |role: &RoleRef| {
            self.resolve(&asked.namespace, role).is_some_and(|rules| rules.iter().any(|rule| rule.allows(asked)))
        };
        let kind = |role: &RoleRef| if role.namespaced { "Role" } else { "ClusterRole" };
        let mut cluster = self.cluster_grants.told(&asked.user);
        if let Some((subject, binding, role)) = cluster.find(|(_, _, role)| allows(role)) {
            let (binding, kind, role) = (&**binding, kind(role), &*role.name);
            return Some(format!("RBAC: allowed by ClusterRoleBinding {binding:?} of {kind} {role:?} to {subject}"));
        }
        let mut local = self.grants.get(&asked.namespace).into_iter().flat_map(|grants| grants.told(&asked.user));
        let (subject, binding, role) = local.find(|(_, _, role)| allows(role))?;
        let binding = format!("{binding}/{}", asked.namespace);
        Some(format!("RBAC: allowed by RoleBinding {binding:?} of {} {:?} to {subject}", kind(role), &*role.name))
    }

    /// What upstream says of roles that `user` is bound to though they are not there.
    pub fn missing(&self, user: &User, namespace: &str) -> Vec<String> {
        let cluster = self.cluster_grants.roles(user);
        let local = self.grants.get(namespace).into_iter().flat_map(|grants| grants.roles(user));
        let mut missing = Vec::new();
        for role in cluster.chain(local).filter(|role| self.resolve(namespace, role).is_none()) {
            let kind = if role.namespaced { "role" } else { "clusterrole" };
            let said = format!("{kind}.rbac.authorization.k8s.io {:?} not found", &*role.name);
            if missing.len() < MISSING && !missing.contains(&said) {
                missing.push(said);
            }
        }
        missing
    }

    /// All rules that `user` has in `namespace` (empty: cluster-wide only).
    pub fn rules(&self, user: &User, namespace: &str) -> Vec<Rule> {
        self.rule_sets(user, namespace).flat_map(|rules| rules.iter().cloned()).collect()
    }

    fn rule_sets<'a>(&'a self, user: &'a User, namespace: &'a str) -> impl Iterator<Item = &'a [Rule]> {
        let cluster = self.cluster_grants.roles(user);
        let local = self.grants.get(namespace).into_iter().flat_map(|grants| grants.roles(user));
        cluster.chain(local).filter_map(|role| self.resolve(namespace, role))
    }

    fn resolve(&self, namespace: &str, role: &RoleRef) -> Option<&[Rule]> {
        let roles = if role.namespaced { self.roles.get(namespace)? } else { &self.cluster_roles };
        roles.get(&role.name).map(|rules| &**rules)
    }
}

/// The rules of a Role or ClusterRole; `None` for a deleted one. Rules that cannot be read allow nothing.
fn read_rules(role: &Value) -> Option<Arc<[Rule]>> {
    let rules = role.as_object()?.get("rules").and_then(Value::as_array);
    Some(rules.into_iter().flatten().filter_map(|rule| Rule::deserialize(rule).ok()).collect())
}

fn set(roles: &mut HashMap<Text, Arc<[Rule]>>, name: &Text, rules: Option<Arc<[Rule]>>) {
    match rules {
        Some(rules) => roles.insert(name.clone(), rules),
        None => roles.remove(name),
    };
}

fn bind(grants: &mut Grants, name: &Text, binding: Option<Binding>) {
    match binding {
        Some(binding) => grants.put(name, binding),
        None => grants.remove(name),
    }
}

/// Changes what `namespace` holds, and forgets the namespace once it holds nothing.
fn within<T: Default>(
    map: &mut HashMap<Text, T>,
    namespace: &Text,
    change: impl FnOnce(&mut T),
    is_empty: impl FnOnce(&T) -> bool,
) {
    let held = map.entry(namespace.clone()).or_default();
    change(held);
    if is_empty(held) {
        map.remove(namespace);
    }
}
