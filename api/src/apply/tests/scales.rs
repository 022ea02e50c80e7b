//! Replicas, written through an object and through its Scale.

use serde_json::{Value, json};

use super::fixture::*;
use crate::apply::{OneVersion, Path, Tracker, scale_to_parent, to_scale};
use crate::schema;

fn replicas(api_version: &str) -> Option<Path> {
    (api_version == "apps/v1").then(|| Path::of_fields(&["spec", "replicas"]))
}

fn scales() -> OneVersion<'static> {
    OneVersion { api_version: "autoscaling/v1", schema: schema::definition("io.k8s.api.autoscaling.v1.Scale").unwrap() }
}

fn scale(replicas: i64, entries: Option<Value>) -> Value {
    let mut scale =
        json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web"}, "spec": {"replicas": replicas}});
    if let Some(entries) = entries {
        scale["metadata"]["managedFields"] = entries;
    }
    scale
}

fn parent() -> Value {
    let config = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 1, "paused": true}});
    by(&deployments(), "one", 0).applied(None, &config, false).unwrap()
}

fn through_scale<'a>(scales: &'a OneVersion<'a>, manager: &'a str) -> Tracker<'a> {
    Tracker { subresource: "scale", api_version: "autoscaling/v1", ..by(scales, manager, 9) }
}

#[test]
fn owners_of_replicas_own_the_scale() {
    let entries = to_scale(&parent(), &replicas).unwrap();
    assert_eq!((&entries[0]["manager"], &entries[0]["apiVersion"]), (&"one".into(), &"autoscaling/v1".into()));
    assert_eq!(entries[0]["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(to_scale(&json!({"metadata": {}}), &replicas), None);
}

#[test]
fn scaling_takes_the_replicas_from_their_owner() {
    let mut parent = parent();
    let old = scale(1, to_scale(&parent, &replicas));
    let mut new = old.clone();
    new["spec"]["replicas"] = 3.into();
    through_scale(&scales(), "hpa").updated(&old, &mut new);
    scale_to_parent(&mut parent, &new, "apps/v1", &replicas);
    assert_eq!(
        owners(&parent),
        [("one Apply".to_owned(), vec![".spec.paused".to_owned()]), ("hpa Update".to_owned(), vec![".spec.replicas".to_owned()])]
    );
    let entry = &parent["metadata"]["managedFields"][1];
    assert_eq!((&entry["subresource"], &entry["apiVersion"]), (&"scale".into(), &"apps/v1".into()));
    assert_eq!(entry["time"], Value::Null, "as upstream has it");
    // Once more by the same: one entry as before.
    let old = scale(3, to_scale(&parent, &replicas));
    let mut new = old.clone();
    new["spec"]["replicas"] = 4.into();
    through_scale(&scales(), "hpa").updated(&old, &mut new);
    scale_to_parent(&mut parent, &new, "apps/v1", &replicas);
    assert_eq!(owners(&parent).len(), 2);
}

#[test]
fn applying_a_scale_conflicts_with_the_owner_of_the_replicas() {
    let mut parent = parent();
    let live = scale(1, to_scale(&parent, &replicas));
    let refusal = refused(through_scale(&scales(), "hpa").applied(Some(&live), &scale(3, None), false));
    assert_eq!(refusal.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#);
    let shared = through_scale(&scales(), "hpa").applied(Some(&live), &scale(1, None), false).unwrap();
    scale_to_parent(&mut parent, &shared, "apps/v1", &replicas);
    let owned = owners(&parent);
    assert!(owned.iter().all(|(_, paths)| paths.contains(&".spec.replicas".to_owned())), "{owned:?}");
}
