//! The plug-in.

use kontiki_api::status::Status;

use super::{node, pod, token};
use crate::admit::fields::text;
use crate::admit::{Admission, Operation, Plugin};
use crate::authorize::node_of;

/// Narrows what the Node authorizer allows: a kubelet writes its own Node, Lease, CSINode and ResourceSlices, mirror pods and
/// the status of pods bound to it, and asks for tokens of those pods alone.
pub(in crate::admit) struct NodeRestriction;

impl Plugin for NodeRestriction {
    fn name(&self) -> &'static str {
        "NodeRestriction"
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let Some(own) = node_of(admission.user).map(str::to_owned) else { return Ok(()) };
        if admission.operation == Operation::Connect {
            return Ok(());
        }
        let refused = match (&*admission.kind.group, &*admission.kind.plural) {
            ("", "pods") => pod::refused(admission, &own),
            ("", "nodes") => node::refused(admission, &own),
            ("", "persistentvolumeclaims") => claim(admission),
            ("", "serviceaccounts") if &*admission.target.subresource == "token" => token::refused(admission, &own),
            ("coordination.k8s.io", "leases") => lease(admission, &own),
            ("storage.k8s.io", "csinodes") if admission.name() != own => {
                Some("can only access CSINode with the same name as the requesting node".into())
            }
            ("resource.k8s.io", "resourceslices") => slice(admission, &own),
            _ => None,
        };
        refused.map_or(Ok(()), |why| Err(admission.forbidden(&why)))
    }
}

fn lease(admission: &Admission<'_>, node: &str) -> Option<String> {
    if &*admission.target.namespace != "kube-node-lease" {
        return Some("can only access leases in the \"kube-node-lease\" system namespace".into());
    }
    (admission.name() != node).then(|| "can only access node lease with the same name as the requesting node".into())
}

/// Of a claim only its sizes and conditions are the node's to tell.
fn claim(admission: &Admission<'_>) -> Option<String> {
    if &*admission.target.subresource != "status" {
        return Some("may only update PVC status".into());
    }
    let old = admission.old?;
    let differs =
        ["/spec", "/status/phase", "/status/accessModes"].into_iter().any(|at| old.pointer(at) != admission.object.pointer(at));
    differs.then(|| "is not allowed to update fields other than status.quantity and status.conditions".into())
}

fn slice(admission: &Admission<'_>, node: &str) -> Option<String> {
    let object = admission.old.unwrap_or(admission.object);
    let why = "can only create, update and delete ResourceSlice with the same NodeName as the requesting node";
    (text(object, "/spec/nodeName") != node).then(|| why.into())
}
