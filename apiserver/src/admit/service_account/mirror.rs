//! Pods that a kubelet made from files.

use serde_json::Value;

use crate::admit::fields::{items, text};
use crate::authorize::Referred;

/// Whether `pod` only mirrors one that a kubelet made from a file.
pub(super) fn is_mirror(pod: &Value) -> bool {
    pod["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some()
}

/// What a mirror pod may not refer to and does: it would give its node rights to that. `None` for nothing.
pub(super) fn refused(pod: &Value) -> Option<&'static str> {
    let token = |source: &Value| source.get("serviceAccountToken").is_some_and(|token| !token.is_null());
    if !text(pod, "/spec/serviceAccountName").is_empty() {
        Some("a mirror pod may not reference service accounts")
    } else if Referred::Secret.is_any(pod, &|_| true) {
        Some("a mirror pod may not reference secrets")
    } else if items(pod, "/spec/volumes").iter().any(|volume| items(volume, "/projected/sources").iter().any(token)) {
        Some("a mirror pod may not use ServiceAccountToken volume projections")
    } else {
        None
    }
}
