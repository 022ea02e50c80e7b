//! Whom a token that a kubelet asks for is meant for: upstream's `ServiceAccountNodeAudienceRestriction`.

use kontiki_api::meta::Key;
use kontiki_store::Store;
use serde_json::Value;

use crate::admit::Admission;
use crate::admit::fields::{items, text};
use crate::authorize::{Attributes, Authorize, Decision};

/// The verb on the audience, as if that were a resource, that allows a token which the pod does not ask for.
const VERB: &str = "request-serviceaccounts-token-audience";

/// Why the kubelet may not have a token for this audience; `None` where `pod` mounts one for it, a CSI driver of its volumes
/// wants one, or the authorizer allows it. No audience, like an empty one, means that of the API server.
pub(super) fn refused(admission: &Admission<'_>, authorizer: &dyn Authorize, pod: &Value) -> Option<String> {
    let wanted = match items(admission.object, "/spec/audiences") {
        [] => "",
        [one] => one.as_str().unwrap_or_default(),
        _ => return Some("node may only request 0 or 1 audiences".into()),
    };
    if mounted(pod, wanted) || drivers_want(admission.store, pod, wanted) || may(admission, authorizer, wanted) {
        return None;
    }
    let user = &*admission.user.name;
    Some(format!(
        "audience {wanted:?} not found in pod spec volume, {user} is not authorized to request tokens for this audience"
    ))
}

fn mounted(pod: &Value, audience: &str) -> bool {
    let sources = items(pod, "/spec/volumes").iter().flat_map(|volume| items(volume, "/projected/sources"));
    sources.filter_map(|source| source.get("serviceAccountToken")).any(|token| text(token, "/audience") == audience)
}

fn drivers_want(store: &dyn Store, pod: &Value, audience: &str) -> bool {
    let drivers = items(pod, "/spec/volumes").iter().filter_map(|volume| driver(store, pod, volume));
    let found = drivers.filter_map(|name| store.get(&Key::new("csidrivers.storage.k8s.io", "", name)));
    found
        .map(|driver| driver.to_value())
        .any(|driver| items(&driver, "/spec/tokenRequests").iter().any(|token| text(token, "/audience") == audience))
}

/// The CSI driver of a pod's volume: its own, or that of the volume to which its claim is bound.
fn driver(store: &dyn Store, pod: &Value, volume: &Value) -> Option<String> {
    if let Some(inline) = volume.get("csi").filter(|csi| csi.is_object()) {
        return Some(text(inline, "/driver").to_owned());
    }
    let generated = volume.get("ephemeral").filter(|ephemeral| ephemeral.is_object());
    let claim = match generated {
        Some(_) => format!("{}-{}", text(pod, "/metadata/name"), text(volume, "/name")),
        None => text(volume, "/persistentVolumeClaim/claimName").to_owned(),
    };
    if claim.is_empty() {
        return None;
    }
    let claim = store.get(&Key::new("persistentvolumeclaims", text(pod, "/metadata/namespace"), claim))?.to_value();
    let bound = store.get(&Key::new("persistentvolumes", "", text(&claim, "/spec/volumeName")))?.to_value();
    Some(text(&bound, "/spec/csi/driver").to_owned()).filter(|driver| !driver.is_empty())
}

fn may(admission: &Admission<'_>, authorizer: &dyn Authorize, audience: &str) -> bool {
    let asked = Attributes {
        user: admission.user.clone(),
        verb: VERB.into(),
        resource: audience.into(),
        namespace: admission.target.namespace.clone(),
        name: admission.target.name.clone(),
        ..Attributes::default()
    };
    !audience.is_empty() && authorizer.authorize(&asked) == Decision::Allow
}
