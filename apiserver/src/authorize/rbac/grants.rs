//! Which subject is bound to which roles.

use std::collections::HashMap;

use kontiki_api::Text;
use kontiki_api::request::User;
use serde::Deserialize;
use serde_json::Value;

use crate::authenticate::{service_account_of, service_account_user};

/// What a binding refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RoleRef {
    /// Whether it is a `Role` of the binding's namespace, not a `ClusterRole`.
    pub namespaced: bool,
    /// Its name.
    pub name: Text,
}

/// A binding, read.
pub(super) struct Binding {
    pub users: Vec<Text>,
    pub groups: Vec<Text>,
    pub role: RoleRef,
}

#[derive(Deserialize)]
struct Subject {
    kind: String,
    name: String,
    #[serde(default)]
    namespace: String,
}

impl Binding {
    /// Reads a RoleBinding or ClusterRoleBinding; `None` where it refers to no role.
    pub fn read(object: &Value) -> Option<Self> {
        let role = object.get("roleRef")?;
        let role = RoleRef { namespaced: role.get("kind")?.as_str()? == "Role", name: role.get("name")?.as_str()?.into() };
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        let subjects = object.get("subjects").and_then(Value::as_array).into_iter().flatten();
        for subject in subjects.filter_map(|subject| Subject::deserialize(subject).ok()) {
            match subject.kind.as_str() {
                "User" => users.push(subject.name.into()),
                "Group" => groups.push(subject.name.into()),
                "ServiceAccount" => users.push(service_account_user(&subject.namespace, &subject.name).into()),
                _ => {}
            }
        }
        Some(Self { users, groups, role })
    }
}

/// The bindings of one scope, by subject.
#[derive(Default)]
pub(super) struct Grants {
    bindings: HashMap<Text, Binding>,
    users: HashMap<Text, Vec<Grant>>,
    groups: HashMap<Text, Vec<Grant>>,
}

struct Grant {
    binding: Text,
    role: RoleRef,
}

impl Grants {
    /// Adds the binding `name` or replaces it.
    pub fn put(&mut self, name: &Text, binding: Binding) {
        self.remove(name);
        let grant = || Grant { binding: name.clone(), role: binding.role.clone() };
        for user in &binding.users {
            self.users.entry(user.clone()).or_default().push(grant());
        }
        for group in &binding.groups {
            self.groups.entry(group.clone()).or_default().push(grant());
        }
        self.bindings.insert(name.clone(), binding);
    }

    /// Forgets the binding `name`.
    pub fn remove(&mut self, name: &Text) {
        let Some(old) = self.bindings.remove(name) else { return };
        for (map, subjects) in [(&mut self.users, old.users), (&mut self.groups, old.groups)] {
            for subject in subjects {
                let Some(grants) = map.get_mut(&subject) else { continue };
                grants.retain(|grant| grant.binding != *name);
                if grants.is_empty() {
                    map.remove(&subject);
                }
            }
        }
    }

    /// Whether nothing is bound here.
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// The roles that `user` has here, by name and by groups.
    pub fn roles<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a RoleRef> {
        let own = self.users.get(&user.name);
        let by_group = user.groups.iter().filter_map(|group| self.groups.get(group));
        own.into_iter().chain(by_group).flatten().map(|grant| &grant.role)
    }

    /// The same, each with the name of its binding and with whom that names.
    pub fn told<'a>(&'a self, user: &'a User) -> impl Iterator<Item = (String, &'a Text, &'a RoleRef)> {
        let own = self.users.get(&user.name).map(|grants| (subject(&user.name), grants));
        let by_group = user.groups.iter().filter_map(|group| Some((format!("Group {:?}", &**group), self.groups.get(group)?)));
        let all = own.into_iter().chain(by_group);
        all.flat_map(|(subject, grants)| grants.iter().map(move |grant| (subject.clone(), &grant.binding, &grant.role)))
    }
}

/// A user as upstream's reasons name it.
fn subject(user: &str) -> String {
    match service_account_of(user) {
        Some((namespace, name)) => format!("ServiceAccount {:?}", format!("{name}/{namespace}")),
        None => format!("User {user:?}"),
    }
}
