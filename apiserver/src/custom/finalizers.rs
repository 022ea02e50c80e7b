//! Warnings about finalizers of custom objects.

use kontiki_api::go::quoted;
use kontiki_api::member_of;
use serde_json::Value;

/// Finalizers that upstream itself sets.
const STANDARD: [&str; 3] = ["orphan", "foregroundDeletion", "kubernetes"];

/// What a client shall be warned of that gives `object` finalizers which `old` did not have.
pub(crate) fn finalizer_warnings(object: &Value, old: Option<&Value>) -> Vec<String> {
    let before: Vec<&str> = old.map(finalizers).unwrap_or_default();
    let mut added = finalizers(object);
    added.retain(|name| !before.contains(name));
    added.sort_unstable();
    added.dedup();
    added.into_iter().filter(|name| !name.contains('/') && !STANDARD.contains(name)).map(warning).collect()
}

fn finalizers(object: &Value) -> Vec<&str> {
    let listed = member_of(object, "metadata").and_then(|meta| member_of(meta, "finalizers")).and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn warning(name: &str) -> String {
    let path = if name.contains('.') { " including a path (/)" } else { "" };
    format!(
        "metadata.finalizers: {}: prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other finalizer \
         writers",
        quoted(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_adds_a_finalizer_without_a_domain_is_warned() {
        let with = |names: Value| json!({"metadata": {"finalizers": names}});
        let old = with(json!(["old"]));
        let told = finalizer_warnings(&with(json!(["old", "x.io", "a", "x.io/a", "orphan"])), Some(&old));
        assert!(told.len() == 2 && told[0].contains("\"a\": prefer a domain-qualified finalizer name to avoid"), "{told:?}");
        assert!(told[1].contains("\"x.io\": prefer a domain-qualified finalizer name including a path (/) to avoid"), "{told:?}");
    }
}
