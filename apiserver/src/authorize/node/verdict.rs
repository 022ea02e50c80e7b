//! What can be told from the request alone, in upstream's words.

use crate::authorize::Attributes;

/// `Ok` allows; otherwise what the authorizer has to say about it.
pub(super) type Verdict = Result<(), String>;

/// `Ok` where `holds`, otherwise `why`.
pub(super) fn only(holds: bool, why: impl Into<String>) -> Verdict {
    if holds { Ok(()) } else { Err(why.into()) }
}

/// Whether one object is read, or its name is all that a list or watch of its namespace asks for.
pub(super) fn reads(asked: &Attributes) -> Verdict {
    only(matches!(&*asked.verb, "get" | "list" | "watch"), "can only read resources of this type")?;
    only(asked.subresource.is_empty(), "cannot read subresource")?;
    only(!asked.namespace.is_empty(), "can only read namespaced object of this type")
}

/// Whether one object is read.
pub(super) fn gets(asked: &Attributes) -> Verdict {
    only(&*asked.verb == "get", "can only get individual resources of this type")?;
    only(asked.subresource.is_empty(), "cannot get subresource")
}

/// Whether a status is written.
pub(super) fn writes_status(asked: &Attributes) -> Verdict {
    only(matches!(&*asked.verb, "update" | "patch"), "can only get/update/patch this type")
}

/// Whether a token of one service account is asked for.
pub(super) fn asks_for_token(asked: &Attributes) -> Verdict {
    let one = &*asked.verb == "create" && !asked.name.is_empty();
    only(one, "can only create tokens for individual service accounts")?;
    only(&*asked.subresource == "token", "can only create token subresource of serviceaccount")
}

/// A new lease has its name in the body; `NodeRestriction` looks there.
pub(super) fn own_lease(node: &str, asked: &Attributes) -> Verdict {
    only(keeps(asked), "can only get, create, update, patch, or delete a node lease")?;
    let namespace = "kube-node-lease";
    only(&*asked.namespace == namespace, format!("can only access leases in the {namespace:?} system namespace"))?;
    only(own_or_new(node, asked), "can only access node lease with the same name as the requesting node")
}

/// As with leases.
pub(super) fn own_csi_node(node: &str, asked: &Attributes) -> Verdict {
    only(keeps(asked), "can only get, create, update, patch, or delete a CSINode")?;
    only(asked.subresource.is_empty(), "cannot authorize CSINode subresources")?;
    only(own_or_new(node, asked), "can only access CSINode with the same name as the requesting node")
}

/// Whether the Node that is read is the kubelet's; it may read it before it is there.
pub(super) fn own_node(node: &str, asked: &Attributes) -> Verdict {
    match &*asked.name {
        name if name == node => Ok(()),
        "" => Err(format!("node '{node}' cannot read all nodes, only its own Node object")),
        other => Err(format!("node '{node}' cannot read '{other}', only its own Node object")),
    }
}

/// Whether only objects are meant whose `spec.nodeName` is `node`.
pub(super) fn selects(node: &str, asked: &Attributes) -> bool {
    asked.fields.iter().any(|(field, value)| &**field == "spec.nodeName" && &**value == node)
}

/// Whether it is what a kubelet does with an object that it keeps.
fn keeps(asked: &Attributes) -> bool {
    matches!(&*asked.verb, "get" | "create" | "update" | "patch" | "delete")
}

fn own_or_new(node: &str, asked: &Attributes) -> bool {
    &*asked.verb == "create" || &*asked.name == node
}
