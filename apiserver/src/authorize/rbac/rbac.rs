//! The RBAC authorizer.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::{SelectAll, select_all};
use kontiki_api::go::listed;
use kontiki_api::meta::Resource;
use kontiki_api::request::User;
use kontiki_store::{Batch, Expired, Range, Store, Watch};
use parking_lot::RwLock;
use tokio_util::sync::CancellationToken;

use super::index::{BINDINGS, CLUSTER_BINDINGS, CLUSTER_ROLES, ROLES};
use super::{Index, Rule};
use crate::authorize::{Attributes, Authorize, Decision};

/// Decides by the roles and bindings in the store, from an index in memory: about a microsecond per decision.
#[derive(Clone, Default)]
pub struct Rbac {
    index: Arc<RwLock<Index>>,
}

impl Rbac {
    /// Reads all roles and bindings, and follows their changes until `stop`. Must be called within a Tokio runtime.
    pub fn start(store: Arc<dyn Store>, stop: CancellationToken) -> Self {
        let rbac = Self::default();
        let watches = rbac.load(&*store);
        tokio::spawn(rbac.clone().follow(store, watches, stop));
        rbac
    }

    /// All rules that `user` has in `namespace` (empty: cluster-wide only).
    pub fn rules(&self, user: &User, namespace: &str) -> Vec<Rule> {
        self.index.read().rules(user, namespace)
    }

    /// What upstream says of roles that `user` is bound to in `namespace` though they are not there.
    pub fn missing(&self, user: &User, namespace: &str) -> Vec<String> {
        self.index.read().missing(user, namespace)
    }

    /// Fills the index anew; the watches continue where the lists ended.
    fn load(&self, store: &dyn Store) -> Option<SelectAll<Watch>> {
        let mut index = Index::default();
        let mut watches = Vec::new();
        for resource in [CLUSTER_ROLES, ROLES, CLUSTER_BINDINGS, BINDINGS] {
            let range = Range::Resource(Resource::from(resource));
            let listing = store.list(&range);
            listing.objects.iter().for_each(|object| index.apply(object, false));
            watches.push(store.watch(&range, listing.revision));
        }
        *self.index.write() = index;
        watches.into_iter().collect::<Result<Vec<_>, _>>().ok().map(select_all)
    }

    async fn follow(self, store: Arc<dyn Store>, mut watches: Option<SelectAll<Watch>>, stop: CancellationToken) {
        loop {
            let Some(open) = &mut watches else {
                // A list and the watch from its revision can only miss each other when the store compacts in
                // between: once more then.
                tokio::task::yield_now().await;
                watches = self.load(&*store);
                continue;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                batch = open.next() => match batch {
                    Some(batch) => if !self.take(batch) { watches = self.load(&*store) },
                    None => return,
                },
            }
        }
    }

    /// Whether the watch goes on.
    fn take(&self, batch: Result<Batch, Expired>) -> bool {
        let Ok(batch) = batch else { return false };
        if !batch.events.is_empty() {
            let mut index = self.index.write();
            batch.events.iter().for_each(|event| index.apply(&event.object, event.deleted));
        }
        true
    }
}

impl Authorize for Rbac {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        let index = self.index.read();
        match index.allows(attributes) {
            true => Decision::Allow,
            false => Decision::NoOpinion(why_not(&index, attributes)),
        }
    }

    fn explain(&self, attributes: &Attributes) -> (Decision, String) {
        let index = self.index.read();
        match index.reason(attributes) {
            Some(why) => (Decision::Allow, why),
            None => (Decision::NoOpinion(why_not(&index, attributes)), String::new()),
        }
    }
}

/// What there is to say where no role allows `asked`.
fn why_not(index: &Index, asked: &Attributes) -> String {
    match listed(&index.missing(&asked.user, &asked.namespace)) {
        missing if missing.is_empty() => missing,
        missing => format!("RBAC: {missing}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::{Masters, Union};
    use crate::fixture::{asks, cluster, delete, put};
    use serde_json::json;

    const GROUP: &str = "rbac.authorization.k8s.io";

    async fn start() -> (Arc<dyn Store>, Rbac, CancellationToken) {
        let store: Arc<dyn Store> = cluster().await;
        let stop = CancellationToken::new();
        (store.clone(), Rbac::start(store, stop.clone()), stop)
    }

    fn allowed(rbac: &Rbac, asked: &Attributes) -> bool {
        let decision = rbac.authorize(asked);
        assert_eq!(rbac.explain(asked).0, decision, "{asked:?}");
        decision == Decision::Allow
    }

    async fn until(rbac: &Rbac, asked: &Attributes, wanted: bool) {
        let wait = async {
            while allowed(rbac, asked) != wanted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(5), wait).await.unwrap();
    }

    async fn bind(store: &dyn Store, subject: serde_json::Value) {
        let api_version = format!("{GROUP}/v1");
        put(
            store,
            json!({"apiVersion": api_version, "kind": "RoleBinding", "metadata": {"name": "b", "namespace": "shop"},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"}, "subjects": [subject]}),
        )
        .await;
    }

    #[tokio::test]
    async fn a_role_binding_gives_its_role_in_its_namespace_alone_until_it_goes() {
        let (store, rbac, _stop) = start().await;
        let here = asks("bob", &[], "get", "pods/log", "shop", "web");
        assert!(!allowed(&rbac, &here));
        bind(&*store, json!({"kind": "User", "apiGroup": GROUP, "name": "bob"})).await;
        until(&rbac, &here, true).await;
        for denied in [
            asks("bob", &[], "get", "pods/log", "bank", "web"),
            asks("bob", &[], "list", "pods", "", ""),
            asks("bob", &[], "get", "secrets", "shop", "s"),
            asks("bob", &[], "delete", "pods", "shop", "web"),
            asks("bobby", &[], "get", "pods", "shop", "web"),
        ] {
            assert!(!allowed(&rbac, &denied), "{denied:?}");
        }
        let why = r#"RBAC: allowed by RoleBinding "b/shop" of ClusterRole "view" to User "bob""#;
        assert_eq!(rbac.explain(&here), (Decision::Allow, why.into()));
        delete(&*store, BINDINGS, "shop", "b").await;
        until(&rbac, &here, false).await;
        assert_eq!(rbac.explain(&here), (Decision::NoOpinion(String::new()), String::new()));
    }

    #[tokio::test]
    async fn a_role_that_is_not_there_is_named_where_nothing_else_allows() {
        let (store, rbac, _stop) = start().await;
        let binding = |name: &str, role: serde_json::Value| {
            json!({"apiVersion": format!("{GROUP}/v1"), "kind": "RoleBinding", "metadata": {"name": name, "namespace": "shop"},
                "roleRef": role, "subjects": [{"kind": "User", "name": "bob"}]})
        };
        put(&*store, binding("a", json!({"kind": "Role", "name": "gone"}))).await;
        put(&*store, binding("b", json!({"kind": "ClusterRole", "name": "lost"}))).await;
        put(&*store, binding("c", json!({"kind": "ClusterRole", "name": "view"}))).await;
        until(&rbac, &asks("bob", &[], "get", "pods", "shop", "web"), true).await;
        let asked = asks("bob", &[], "delete", "pods", "shop", "web");
        let one = |name: &str, kind: &str| format!("{kind}.rbac.authorization.k8s.io {name:?} not found");
        let why = format!("RBAC: [{}, {}]", one("gone", "role"), one("lost", "clusterrole"));
        assert_eq!(rbac.authorize(&asked), Decision::NoOpinion(why.clone()));
        assert_eq!(rbac.explain(&asked), (Decision::NoOpinion(why), String::new()));
        assert_eq!(rbac.authorize(&asks("eve", &[], "delete", "pods", "shop", "web")), Decision::NoOpinion(String::new()));
    }

    #[tokio::test]
    async fn service_accounts_and_groups_are_subjects_too() {
        let (store, rbac, _stop) = start().await;
        bind(&*store, json!({"kind": "ServiceAccount", "name": "till", "namespace": "shop"})).await;
        until(&rbac, &asks("system:serviceaccount:shop:till", &[], "get", "pods", "shop", ""), true).await;
        assert!(!allowed(&rbac, &asks("system:serviceaccount:bank:till", &[], "get", "pods", "shop", "")));
        bind(&*store, json!({"kind": "Group", "apiGroup": GROUP, "name": "staff"})).await;
        until(&rbac, &asks("eve", &["staff"], "get", "pods", "shop", ""), true).await;
        assert!(!allowed(&rbac, &asks("system:serviceaccount:shop:till", &[], "get", "pods", "shop", "")));
    }

    #[tokio::test]
    async fn anonymous_users_see_health_and_nothing_else() {
        let (_store, rbac, _stop) = start().await;
        let path = |path: &str| Attributes {
            path: path.into(),
            ..asks("system:anonymous", &["system:unauthenticated"], "get", "", "", "")
        };
        for open in ["/healthz", "/livez", "/readyz", "/version"] {
            assert!(allowed(&rbac, &path(open)), "{open}");
        }
        for closed in ["/metrics", "/api", "/healthz/etcd", "/"] {
            assert!(!allowed(&rbac, &path(closed)), "{closed}");
        }
        assert!(!allowed(&rbac, &asks("system:anonymous", &["system:unauthenticated"], "get", "pods", "default", "")));
    }

    #[tokio::test]
    async fn masters_may_everything_and_others_not() {
        let (_store, rbac, _stop) = start().await;
        let union = Union::new(vec![Arc::new(Masters), Arc::new(rbac)]);
        assert_eq!(union.authorize(&asks("root", &["system:masters"], "get", "anything.x.y", "", "")), Decision::Allow);
        assert_ne!(union.authorize(&asks("system:masters", &["staff"], "get", "pods", "", "")), Decision::Allow);
    }

    #[tokio::test]
    async fn a_controller_may_what_it_needs_and_no_more() {
        let (_store, rbac, _stop) = start().await;
        let user = "system:serviceaccount:kube-system:replicaset-controller";
        assert!(allowed(&rbac, &asks(user, &[], "create", "pods", "shop", "")));
        assert!(allowed(&rbac, &asks(user, &[], "create", "events.events.k8s.io", "shop", "")));
        assert!(!allowed(&rbac, &asks(user, &[], "get", "secrets", "shop", "s")));
    }
}
