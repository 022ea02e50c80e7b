//! Who is a kubelet.

use kontiki_api::request::User;

pub(crate) const NODES: &str = "system:nodes";
const NODE_PREFIX: &str = "system:node:";

/// The node whose kubelet `user` is: named `system:node:NAME` and in the group `system:nodes`.
pub(crate) fn node_of(user: &User) -> Option<&str> {
    let name = user.name.strip_prefix(NODE_PREFIX).filter(|name| !name.is_empty())?;
    user.groups.iter().any(|group| &**group == NODES).then_some(name)
}
