//! What containers get that say nothing themselves.

use serde_json::{Map, Value};

use crate::admit::fields::items;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// Fills in requests and limits of the containers of `pod`, and notes it in an annotation as upstream does.
pub(super) fn fill_in(pod: &mut Value, range: &Value) {
    let (requests, limits) = (of_containers(range, "defaultRequest"), of_containers(range, "default"));
    let mut told = Vec::new();
    for (field, called) in [("containers", "container"), ("initContainers", "init container")] {
        let containers = pod.pointer_mut(&format!("/spec/{field}")).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            for (which, wanted) in [("requests", &requests), ("limits", &limits)] {
                let set = set_missing(container, which, wanted);
                if !set.is_empty() {
                    told.push(format!("{} {} for {called} {name}", set.join(", "), which.trim_end_matches('s')));
                }
            }
        }
    }
    if !told.is_empty() {
        pod["metadata"]["annotations"][ANNOTATION] = format!("LimitRanger plugin set: {}", told.join("; ")).into();
    }
}

/// What the range says of containers; of two entries the later goes before.
fn of_containers(range: &Value, field: &str) -> Map<String, Value> {
    let entries = items(range, "/spec/limits").iter().filter(|entry| entry["type"] == "Container");
    let lists = entries.filter_map(|entry| entry.get(field)?.as_object());
    lists.flatten().map(|(name, amount)| (name.clone(), amount.clone())).collect()
}

/// The names that were missing, in order.
fn set_missing(container: &mut Map<String, Value>, which: &str, wanted: &Map<String, Value>) -> Vec<String> {
    let mut set = Vec::new();
    if wanted.is_empty() {
        return set;
    }
    let resources = container.entry("resources").or_insert_with(|| Value::Object(Map::new()));
    let Some(resources) = resources.as_object_mut() else { return set };
    let list = resources.entry(which).or_insert_with(|| Value::Object(Map::new()));
    let Some(list) = list.as_object_mut() else { return set };
    for (name, amount) in wanted {
        if !list.contains_key(name) {
            list.insert(name.clone(), amount.clone());
            set.push(name.clone());
        }
    }
    set.sort();
    set
}
