//! Tokens for pods on the kubelet's node.

use kontiki_api::meta::Key;
use kontiki_api::status::Status;

use super::audience;
use crate::admit::Admission;
use crate::admit::fields::text;
use crate::authorize::Authorize;

/// Lets the kubelet of `node` ask for tokens of pods that run there.
///
/// # Errors
/// 403 for any other token, 404 where the pod is not there.
pub(super) fn judge(admission: &Admission<'_>, authorizer: &dyn Authorize, node: &str) -> Result<(), Status> {
    let request = &*admission.object;
    let bound = |field: &str| text(request, &format!("/spec/boundObjectRef/{field}"));
    let refuse = |why: &str| Err(admission.forbidden(why));
    if bound("kind") != "Pod" || bound("apiVersion") != "v1" || bound("name").is_empty() {
        return refuse("node requested token not bound to a pod");
    }
    if bound("uid").is_empty() {
        return refuse("node requested token with a pod binding without a uid");
    }
    let key = Key::new("pods", admission.target.namespace.clone(), bound("name"));
    let pod = admission.store.get(&key).ok_or_else(|| Status::not_found("", "pods", bound("name")))?;
    if *pod.head.uid != *bound("uid") {
        return refuse(&format!(
            "the UID in the bound object reference ({}) does not match the UID in record. \
             The object might have been deleted and then recreated",
            bound("uid")
        ));
    }
    let pod = pod.to_value();
    if text(&pod, "/spec/nodeName") != node {
        return refuse("node requested token bound to a pod scheduled on a different node");
    }
    let account = text(&pod, "/spec/serviceAccountName");
    if account != &*admission.target.name {
        return refuse(&format!("node requested token for service account {:?}, which the pod does not use", admission.name()));
    }
    audience::refused(admission, authorizer, &pod).map_or(Ok(()), |why| refuse(&why))
}
