//! Which changes of a pod are judged.

use kontiki_api::place;
use serde_json::{Map, Value};

use super::baseline::{APP_ARMOR, SECCOMP};
use crate::admit::fields::{items, text};

/// Whether `new` may meet a level less than `old`, the same pod before (upstream's `isSignificantPodUpdate`): other images, further
/// containers, and the annotations that profiles once were. What else may change of a pod is never judged again, so that pods of a
/// namespace that became stricter can still be labelled.
pub(super) fn is_significant(old: &Value, new: &Value) -> bool {
    ["/spec/containers", "/spec/initContainers"].into_iter().any(|list| have_changed(items(old, list), items(new, list)))
        || items(new, "/spec/ephemeralContainers").iter().any(|container| is_new(container, old))
        || profiles(old).ne(profiles(new))
}

/// Whether there are more or fewer, or one in the same place has another image.
fn have_changed(old: &[Value], new: &[Value]) -> bool {
    old.len() != new.len() || old.iter().zip(new).any(|(old, new)| old.get("image") != new.get("image"))
}

/// Whether `pod` has no ephemeral container of this name and image.
fn is_new(container: &Value, pod: &Value) -> bool {
    let same = |known: &Value| ["/name", "/image"].into_iter().all(|field| text(known, field) == text(container, field));
    !items(pod, "/spec/ephemeralContainers").iter().any(same)
}

/// The annotations of `pod` that profiles once were, in the order of their keys.
fn profiles(pod: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let annotations = place(pod, "/metadata/annotations").and_then(Value::as_object);
    let is_profile = |key: &str| SECCOMP.into_iter().chain([APP_ARMOR]).any(|prefix| key.starts_with(prefix));
    let mut found: Vec<_> = annotations.into_iter().flat_map(Map::iter).filter(|(key, _)| is_profile(key)).collect();
    found.sort_by_key(|(key, _)| *key);
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_containers_and_old_profiles_are_judged_again_and_nothing_else() {
        let old = json!({"metadata": {"annotations": {"a": "1"}}, "spec": {"containers": [{"name": "c", "image": "i"}],
            "initContainers": [{"name": "p", "image": "i"}], "ephemeralContainers": [{"name": "e", "image": "i"}]}});
        let changed = |pointer: &str, value: Value| {
            let mut new = old.clone();
            *new.pointer_mut(pointer).unwrap() = value;
            is_significant(&old, &new)
        };
        assert!(!is_significant(&old, &old));
        assert!(!changed("/metadata/annotations", json!({"a": "2", "b": "3"})));
        assert!(!changed("/spec/containers/0", json!({"name": "c", "image": "i", "resources": {"limits": {"cpu": "1"}}})));
        assert!(!changed("/spec/ephemeralContainers", json!([])));
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            assert!(changed(&format!("/spec/{list}/0/image"), json!("j")), "{list}");
        }
        assert!(changed("/spec/containers", json!([{"name": "c", "image": "i"}, {"name": "d", "image": "i"}])));
        assert!(changed("/spec/ephemeralContainers/0/name", json!("f")));
        assert!(changed("/metadata/annotations", json!({"a": "1", "seccomp.security.alpha.kubernetes.io/pod": "unconfined"})));
    }
}
