//! The plug-in.

use std::sync::Arc;

use kontiki_api::status::Status;

use super::{claim, node, pod, signing_request, token};
use crate::admit::fields::text;
use crate::admit::{Admission, Operation, Plugin};
use crate::authorize::{Authorize, node_of};

/// Narrows what the Node authorizer allows: a kubelet writes its own Node, Lease, CSINode and ResourceSlices, mirror pods and
/// the status of pods bound to it, and asks for tokens of those pods and for certificates of itself alone. Asks the authorizer
/// about audiences of tokens that the pods do not name.
pub(in crate::admit) struct NodeRestriction(pub Arc<dyn Authorize>);

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
            ("", "pods") => return pod::judge(admission, &own),
            ("", "nodes") => node::refused(admission, &own),
            ("", "persistentvolumeclaims") => claim::refused(admission, &own),
            ("", "serviceaccounts") if &*admission.target.subresource == "token" => {
                return token::judge(admission, &*self.0, &own);
            }
            ("coordination.k8s.io", "leases") => lease(admission, &own),
            ("storage.k8s.io", "csinodes") if admission.name() != own => {
                Some("can only access CSINode with the same name as the requesting node".into())
            }
            ("resource.k8s.io", "resourceslices") => slice(admission, &own),
            ("certificates.k8s.io", "certificatesigningrequests") => signing_request::refused(admission, &own),
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

/// What it changes of a slice is the authorizer's to judge, and whose the slice is does not change.
fn slice(admission: &Admission<'_>, node: &str) -> Option<String> {
    let (object, what) = match admission.operation {
        Operation::Create => (&*admission.object, "create"),
        Operation::Delete => (admission.old?, "delete"),
        _ => return None,
    };
    let why = format!("can only {what} ResourceSlice with the same NodeName as the requesting node");
    (text(object, "/spec/nodeName") != node).then_some(why)
}
