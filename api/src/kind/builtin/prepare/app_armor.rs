//! Profiles of AppArmor that older clients ask for by annotations.

use serde_json::{Map, Value, json};

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
/// Bytes of the name of a profile, at most.
const LONGEST: usize = 4095;

/// The field that says what `annotation` does; `None` where that is no profile.
pub(in crate::kind::builtin) fn profile_of(annotation: &str) -> Option<Value> {
    match annotation {
        "unconfined" => Some(json!({"type": "Unconfined"})),
        "runtime/default" => Some(json!({"type": "RuntimeDefault"})),
        other => {
            let name = other.strip_prefix("localhost/").filter(|name| !name.is_empty())?;
            let fine = name.trim() == name && name.len() <= LONGEST;
            fine.then(|| json!({"type": "Localhost", "localhostProfile": name}))
        }
    }
}

/// Containers whose annotation names another profile than the pod has, and that have none, have that one.
pub(super) fn copy(pod: &mut Value) {
    let asked: Map<String, Value> = {
        let annotations = pod["metadata"].get("annotations").and_then(Value::as_object).into_iter().flatten();
        let asked =
            annotations.filter_map(|(key, said)| Some((key.strip_prefix(ANNOTATION)?.to_owned(), profile_of(said.as_str()?)?)));
        asked.collect()
    };
    if asked.is_empty() || pod["spec"]["os"]["name"] == "windows" {
        return;
    }
    let whole = pod["spec"]["securityContext"].get("appArmorProfile").cloned();
    for list in LISTS {
        for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let profile = container.get("name").and_then(Value::as_str).and_then(|name| asked.get(name));
            let Some(profile) = profile.filter(|profile| Some(*profile) != whole.as_ref()) else { continue };
            if container["securityContext"].get("appArmorProfile").is_none() {
                container["securityContext"]["appArmorProfile"] = profile.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_become_fields_where_there_is_none() {
        let container = |name: &str| json!({"name": name});
        let own = json!({"name": "own", "securityContext": {"appArmorProfile": {"type": "Unconfined"}}});
        let mut pod = json!({"metadata": {"annotations": {}}, "spec": {"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}},
            "containers": [container("file"), container("same"), own, container("odd"), container("none")],
            "initContainers": [container("open")]}});
        for (name, said) in
            [("file", "localhost/p"), ("same", "runtime/default"), ("own", "localhost/p"), ("odd", "odd"), ("open", "unconfined")]
        {
            pod["metadata"]["annotations"][format!("{ANNOTATION}{name}")] = said.into();
        }
        copy(&mut pod);
        let profiles = |list: &str| -> Vec<Value> {
            let containers = pod["spec"][list].as_array().unwrap().iter();
            containers.map(|container| container["securityContext"]["appArmorProfile"].clone()).collect()
        };
        let file = json!({"type": "Localhost", "localhostProfile": "p"});
        assert_eq!(profiles("containers"), [file, Value::Null, json!({"type": "Unconfined"}), Value::Null, Value::Null]);
        assert_eq!(profiles("initContainers"), [json!({"type": "Unconfined"})]);
        assert!(pod["spec"]["containers"][1].get("securityContext").is_none());
    }
}
