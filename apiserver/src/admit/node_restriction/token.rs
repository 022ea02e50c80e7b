//! Tokens for pods on the kubelet's node.

use kontiki_api::meta::Key;

use super::audience;
use crate::admit::Admission;
use crate::admit::fields::text;
use crate::authorize::Authorize;

/// Why the kubelet of `node` may not ask for this token; `None` where it may.
pub(super) fn refused(admission: &Admission<'_>, authorizer: &dyn Authorize, node: &str) -> Option<String> {
    let request = &*admission.object;
    let bound = |field: &str| text(request, &format!("/spec/boundObjectRef/{field}"));
    if bound("kind") != "Pod" || bound("apiVersion") != "v1" || bound("name").is_empty() {
        return Some("node requested token not bound to a pod".into());
    }
    let key = Key::new("pods", admission.target.namespace.clone(), bound("name"));
    let Some(pod) = admission.store.get(&key) else { return Some(format!("pod {:?} not found", bound("name"))) };
    if bound("uid").is_empty() {
        return Some("pod binding without a uid is not allowed for nodes".into());
    }
    if *pod.head.uid != *bound("uid") {
        return Some(format!("the UID in the bound object reference ({}) does not match the UID in record", bound("uid")));
    }
    let pod = pod.to_value();
    if text(&pod, "/spec/nodeName") != node {
        return Some("node requested token bound to a pod scheduled on a different node".into());
    }
    let account = text(&pod, "/spec/serviceAccountName");
    if account != &*admission.target.name {
        return Some(format!("node requested token for service account {:?}, which the pod does not use", admission.name()));
    }
    audience::refused(admission, authorizer, &pod)
}
