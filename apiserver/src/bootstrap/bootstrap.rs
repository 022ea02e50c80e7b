//! Brings the bootstrap objects into the store.

use std::net::IpAddr;

use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Draft;
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;
use kontiki_store::{Change, Commit, CommitError, Op, Precondition, Requirement, Store};
use serde_json::{Value, json};

use crate::aggregate::api_services;
use crate::flow;

use super::{bindings, objects, policy::Policy, reconcile, roles};

/// What the bootstrap objects depend on.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// Where the API server is reached from pods: not a loopback address.
    pub address: IpAddr,
    /// Where other masters are reached, at the same port.
    pub further: Vec<IpAddr>,
    /// Its port there.
    pub port: u16,
    /// The cluster address of the Service `kubernetes`: the first of the service range.
    pub service_ip: IpAddr,
    /// The authority of client certificates, PEM.
    pub authority: String,
    /// The authority of those who may say whom they speak for, PEM.
    pub front_proxy: String,
}

/// Why the bootstrap objects are not there.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// A kind of theirs is not in the table.
    #[error("there is no kind {kind} in {api_version}")]
    Kind {
        /// `rbac.authorization.k8s.io/v1`
        api_version: String,
        /// `ClusterRole`
        kind: String,
    },
    /// The store did not take them.
    #[error("cannot store the objects a cluster starts with")]
    Store(#[from] CommitError),
}

/// Creates what is missing and adds what is lacking, in one commit; returns the revision that shows it all. A cluster
/// that lacks nothing is not written to.
///
/// # Errors
/// See [`BootstrapError`].
pub async fn run(store: &dyn Store, kinds: &Kinds, config: &Bootstrap, now: Time) -> Result<Revision, BootstrapError> {
    let mut commit = empty_commit(now);
    for object in wanted(kinds, config, now) {
        add(&mut commit, store, kinds, object, now)?;
    }
    if commit.changes.is_empty() {
        return Ok(store.revision());
    }
    Ok(store.commit(commit).await?.revision)
}

fn wanted(kinds: &Kinds, config: &Bootstrap, now: Time) -> Vec<Value> {
    let policy = Policy::built_in();
    let mut all = objects::namespaces();
    all.extend(roles::roles(&policy));
    all.extend(bindings::bindings(&policy));
    all.extend(objects::priority_classes());
    all.extend(flow::objects());
    all.extend(objects::kubernetes_service(config));
    all.extend(objects::service_addresses(config, now));
    all.extend(objects::kubernetes_endpoints(config));
    all.push(objects::extension_authentication(config));
    all.extend(api_services(kinds, false, now).into_values());
    all
}

fn add(commit: &mut Commit, store: &dyn Store, kinds: &Kinds, mut object: Value, now: Time) -> Result<(), BootstrapError> {
    let kind = row(kinds, &object)?;
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let key = Key::new(kind.resource.clone(), text("/metadata/namespace"), text("/metadata/name"));
    let (object, requirement) = match store.get(&key) {
        None => {
            object["metadata"]["uid"] = json!(uuid::Uuid::new_v4().to_string());
            object["metadata"]["creationTimestamp"] = json!(now.seconds());
            (kind.hooks.default)(&mut object);
            (object, Requirement::Absent)
        }
        Some(found) => match reconcile::reconciled(&found.to_value(), &object) {
            Some(object) => (object, Requirement::Revision(found.revision)),
            None => return Ok(()),
        },
    };
    commit.preconditions.push(Precondition { key: key.clone(), requirement });
    let draft = Draft::new(key.clone(), object, &kind.field_pointers());
    commit.changes.push(Change { key, op: Op::Put(draft), sealed: false, history: kind.history });
    Ok(())
}

fn row<'a>(kinds: &'a Kinds, object: &Value) -> Result<&'a Kind, BootstrapError> {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let missing = || BootstrapError::Kind { api_version: api_version.into(), kind: kind.into() };
    kinds.by_kind(api_version, kind).map(|row| &**row).ok_or_else(missing)
}

fn empty_commit(now: Time) -> Commit {
    Commit {
        id: RequestId(uuid::Uuid::new_v4().as_u128()),
        time: now,
        actor: User { name: "system:apiserver".into(), groups: vec!["system:masters".into()], ..User::default() },
        verb: Verb::Create,
        manager: "".into(),
        cause: Cause::System,
        leader: None,
        preconditions: Vec::new(),
        reserves: Vec::new(),
        changes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{NOW, cluster, config, put};

    #[tokio::test]
    async fn a_second_start_writes_nothing() {
        let store = cluster().await;
        let before = store.revision();
        assert_eq!(run(&*store, &Kinds::builtin(), &config(), NOW).await.unwrap(), before);
        assert_eq!(store.revision(), before);
    }

    #[tokio::test]
    async fn a_new_address_reaches_the_endpoints_alone() {
        let store = cluster().await;
        let before = store.revision();
        let moved = Bootstrap { address: "192.0.2.9".parse().unwrap(), ..config() };
        let after = run(&*store, &Kinds::builtin(), &moved, NOW).await.unwrap();
        assert_eq!(after.0, before.0 + 2);
        let endpoints = store.get(&Key::new("endpoints", "default", "kubernetes")).unwrap().to_value();
        assert_eq!(endpoints["subsets"][0]["addresses"][0]["ip"], "192.0.2.9");
    }

    #[tokio::test]
    async fn what_a_role_lacks_is_added_and_what_a_user_added_stays() {
        let store = cluster().await;
        let key = Key::new("clusterroles.rbac.authorization.k8s.io", "", "system:public-info-viewer");
        let mut role = store.get(&key).unwrap().to_value();
        role["rules"] = json!([{"verbs": ["get"], "nonResourceURLs": ["/hello"]}]);
        put(&*store, role.clone()).await;
        run(&*store, &Kinds::builtin(), &config(), NOW).await.unwrap();
        let rules = store.get(&key).unwrap().to_value()["rules"].clone();
        assert_eq!(rules.as_array().unwrap().len(), 2);
        assert_eq!(rules[0], role["rules"][0]);
    }

    #[tokio::test]
    async fn edit_holds_the_rights_of_view_and_admin_those_of_edit() {
        let store = cluster().await;
        let rules = |name: &str| {
            let key = Key::new("clusterroles.rbac.authorization.k8s.io", "", name);
            let role = store.get(&key).unwrap().to_value();
            serde_json::from_value::<Vec<crate::authorize::rbac::Rule>>(role["rules"].clone()).unwrap()
        };
        let uncovered = crate::authorize::rbac::uncovered;
        assert!(uncovered(&rules("edit"), &rules("view")).is_empty());
        assert!(uncovered(&rules("admin"), &rules("edit")).is_empty());
        assert!(!uncovered(&rules("view"), &rules("edit")).is_empty());
    }
}
