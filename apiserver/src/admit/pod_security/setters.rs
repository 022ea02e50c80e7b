//! Who in a pod sets a field of a security context.

use serde_json::Value;

use super::fault::named;
use crate::admit::fields::{items, text};

/// All containers of a pod's spec: preparing, usual, and those added later.
pub(super) fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    ["/initContainers", "/containers", "/ephemeralContainers"].into_iter().flat_map(|field| items(spec, field))
}

/// Names of the containers for which `bad` holds.
pub(super) fn where_bad(spec: &Value, bad: impl Fn(&Value) -> bool) -> Vec<String> {
    containers(spec).filter(|container| bad(container)).map(|container| text(container, "/name").to_owned()).collect()
}

/// The security context's field at `pointer`, where it is set.
pub(super) fn context<'a>(holder: &'a Value, pointer: &str) -> Option<&'a Value> {
    holder.pointer(&format!("/securityContext{pointer}")).filter(|value| !value.is_null())
}

/// `pod and containers "a", "b"`: who sets the field at `pointer` to something for which `bad` holds; empty for nobody.
pub(super) fn setters(spec: &Value, pointer: &str, bad: impl Fn(&Value) -> bool) -> String {
    let sets = |holder: &Value| context(holder, pointer).is_some_and(&bad);
    let mut setters = Vec::new();
    if sets(spec) {
        setters.push("pod".to_owned());
    }
    let containers = where_bad(spec, sets);
    if !containers.is_empty() {
        setters.push(named("container", &containers));
    }
    setters.join(" and ")
}

/// The distinct values at `pointer` for which `bad` holds, sorted.
pub(super) fn bad_values(spec: &Value, pointer: &str, bad: impl Fn(&Value) -> bool) -> Vec<String> {
    let holders = std::iter::once(spec).chain(containers(spec));
    let values = holders.filter_map(|holder| context(holder, pointer)).filter(|value| bad(value));
    let mut values: Vec<String> = values.filter_map(Value::as_str).map(String::from).collect();
    values.sort();
    values.dedup();
    values
}

/// Containers that leave the field at `pointer` open where the pod leaves it open too.
pub(super) fn where_open(spec: &Value, pointer: &str) -> Vec<String> {
    if context(spec, pointer).is_some() {
        return Vec::new();
    }
    where_bad(spec, |container| context(container, pointer).is_none())
}
