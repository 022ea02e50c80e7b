//! As whom a reconciler writes.

use kontiki_api::Text;
use kontiki_api::request::User;

/// As whom a reconciler writes, and how it signs events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The API user.
    pub user: User,
    /// `User-Agent`, and so the field manager.
    pub agent: Text,
    /// `source.component` of events.
    pub component: Text,
    /// `source.host` of events; empty for none.
    pub host: Text,
}

impl Identity {
    /// The controller called `name`: the service account `<name>-controller` in `kube-system`, as upstream's
    /// controller manager uses one per controller.
    pub fn controller(name: &str) -> Self {
        Self::account(&format!("{name}-controller"))
    }

    /// The controller whose service account in `kube-system` is `account`.
    pub fn account(account: &str) -> Self {
        let groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];
        Self::of(&format!("system:serviceaccount:kube-system:{account}"), &groups, account)
    }

    /// The scheduler.
    pub fn scheduler() -> Self {
        let scheduler = Self::of("system:kube-scheduler", &["system:authenticated"], "kube-scheduler");
        Self { component: "default-scheduler".into(), ..scheduler }
    }

    /// The kubelet of `node`.
    pub fn node(node: &str) -> Self {
        let kubelet = Self::of(&format!("system:node:{node}"), &["system:nodes", "system:authenticated"], "kubelet");
        Self { host: node.into(), ..kubelet }
    }

    /// Some user.
    pub fn of(user: &str, groups: &[&str], component: &str) -> Self {
        let groups = groups.iter().map(|group| Text::from(*group)).collect();
        let user = User { name: user.into(), groups, ..User::default() };
        Self { user, agent: component.into(), component: component.into(), host: "".into() }
    }
}
