//! Daemon sets count the changes of their template once more, in an annotation that `apps/v1` always shows.

use serde_json::{Value, json};

use super::generic;
use crate::time::Time;

const COUNT: &str = "deprecated.daemonset.template.generation";

/// A new daemon set has its first template, or the one that it says it has.
pub(super) fn create(set: &mut Value) {
    generic::create::<true, true>(set);
    put(set, count_of(set).max(1));
}

/// Nobody but a change of the template moves the count.
pub(super) fn update(new: &mut Value, old: &Value) {
    generic::update::<true, true>(new, old);
    let changed = generic::differs(new, old, |set| set["spec"].get("template").cloned());
    put(new, count_of(old).max(1).saturating_add(i64::from(changed)));
}

/// A write of the status does not move it either.
pub(in crate::kind::builtin) fn status(new: &mut Value, old: &Value, _: Time) {
    put(new, count_of(old).max(1));
}

fn count_of(set: &Value) -> i64 {
    let said = set["metadata"]["annotations"][COUNT].as_str();
    said.and_then(|count| count.parse().ok()).unwrap_or_default()
}

fn put(set: &mut Value, count: i64) {
    let annotations = &mut set["metadata"]["annotations"];
    if !annotations.is_object() {
        *annotations = json!({});
    }
    generic::put(annotations, COUNT, count.to_string().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_counts_changes_of_the_template_alone() {
        let said = |set: &Value| set["metadata"]["annotations"][COUNT].clone();
        let mut old = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"},
            "spec": {"template": {"metadata": {}}, "minReadySeconds": 1}});
        create(&mut old);
        assert_eq!(said(&old), "1");
        let mut new = old.clone();
        new["spec"]["minReadySeconds"] = 2.into();
        new["metadata"]["annotations"] = json!({COUNT: "7", "a": "b"});
        update(&mut new, &old);
        assert_eq!((said(&new), &new["metadata"]["annotations"]["a"]), (json!("1"), &json!("b")));
        new["spec"]["template"]["metadata"] = json!({"labels": {"a": "b"}});
        update(&mut new, &old);
        assert_eq!(said(&new), "2");
        let mut last = new.clone();
        last["metadata"]["annotations"] = json!({COUNT: "9223372036854775807"});
        let mut beyond = last.clone();
        beyond["spec"]["template"] = json!({});
        update(&mut beyond, &last);
        assert_eq!(said(&beyond), "9223372036854775807");
        let mut told = new.clone();
        told["metadata"].as_object_mut().unwrap().shift_remove("annotations");
        status(&mut told, &new, Time::default());
        assert_eq!(said(&told), "2");
    }
}
