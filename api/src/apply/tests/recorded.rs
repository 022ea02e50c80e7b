//! Behaviour of upstream's server, example by example.

use serde_json::{Value, json};

use super::fixture::*;
use crate::apply::Tracker;
use crate::status::Reason;

fn deployment(replicas: i64) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": "i:1", "ports": [{"containerPort": 80}]}]}}}})
}

fn apply_deployment(live: Option<&Value>, manager: &str, config: &Value) -> Result<Value, crate::apply::ApplyError> {
    by(&deployments(), manager, 0).applied(live, config, false)
}

#[test]
fn who_applies_owns_what_the_configuration_says() {
    let applied = apply_deployment(None, "kubectl", &deployment(3)).unwrap();
    let entries = &applied["metadata"]["managedFields"];
    assert_eq!(
        entries,
        &json!([{"manager": "kubectl", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-02T03:04:05Z",
            "fieldsType": "FieldsV1", "fieldsV1": {
                "f:metadata": {"f:labels": {"f:app": {}}},
                "f:spec": {"f:replicas": {}, "f:selector": {},
                    "f:template": {"f:metadata": {"f:labels": {"f:app": {}}},
                        "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}, "f:name": {},
                            "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}}}])
    );
}

#[test]
fn who_creates_owns_maps_and_references_themselves_too() {
    let mut created = deployment(3);
    created["spec"]["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}});
    created["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({});
    by(&deployments(), "kubectl-create", 0).created(&mut created);
    let entry = &created["metadata"]["managedFields"][0];
    assert_eq!((&entry["manager"], &entry["operation"]), (&"kubectl-create".into(), &"Update".into()));
    assert_eq!(
        entry["fieldsV1"],
        json!({"f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {"f:replicas": {}, "f:selector": {},
                "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}, "f:type": {}},
                "f:template": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                    "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}, "f:name": {},
                        "f:ports": {".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
                        "f:resources": {}}}}}}})
    );
}

#[test]
fn a_conflict_is_told_in_upstreams_words() {
    let mut live = deployment(3);
    by(&deployments(), "kubectl", 0).created(&mut live);
    let one = refused(apply_deployment(Some(&live), "helm", &deployment(5)));
    assert_eq!(one.reason, Reason::Conflict);
    assert_eq!(one.message, r#"Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas"#);
    let cause = &one.details.causes[0];
    assert_eq!((cause.reason.as_str(), cause.field.as_str()), ("FieldManagerConflict", ".spec.replicas"));
    assert_eq!(cause.message, r#"conflict with "kubectl" using apps/v1"#);
    let mut config = deployment(5);
    config["spec"]["template"]["spec"]["containers"][0]["image"] = "i:2".into();
    let two = refused(apply_deployment(Some(&live), "helm", &config));
    assert_eq!(
        two.message,
        "Apply failed with 2 conflicts: conflicts with \"kubectl\" using apps/v1:\n- .spec.replicas\n\
         - .spec.template.spec.containers[name=\"c\"].image"
    );
}

#[test]
fn appliers_and_subresources_are_named_without_versions() {
    let live = apply_deployment(None, "one", &deployment(3)).unwrap();
    let refusal = refused(apply_deployment(Some(&live), "two", &deployment(4)));
    assert_eq!(refusal.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#);
    let mut scaled = deployment(4);
    Tracker { subresource: "scale", ..by(&deployments(), "hpa", 0) }.updated(&live, &mut scaled);
    let refusal = refused(apply_deployment(Some(&scaled), "one", &deployment(3)));
    assert_eq!(
        refusal.message,
        r#"Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas"#
    );
}

#[test]
fn force_takes_fields_over() {
    let mut live = deployment(3);
    by(&deployments(), "kubectl", 0).created(&mut live);
    let taken = by(&deployments(), "helm", 0).applied(Some(&live), &deployment(5), true).unwrap();
    assert_eq!(taken["spec"]["replicas"], 5);
    let owned = owners(&taken);
    let has = |at: usize| owned[at].1.contains(&".spec.replicas".to_owned());
    assert_eq!((owned[0].0.as_str(), has(0)), ("helm Apply", true));
    assert_eq!((owned[1].0.as_str(), has(1)), ("kubectl Update", false));
}

#[test]
fn applying_what_is_there_has_no_time() {
    let at = |moment, manager: &str, live: Option<&Value>, fields: Value| {
        by(&small_versions(), manager, moment).applied(live, &object(&fields), true).unwrap()
    };
    let times = |object: &Value| -> Vec<(Value, Value)> {
        let entries = object["metadata"]["managedFields"].as_array().unwrap();
        entries.iter().map(|entry| (entry["manager"].clone(), entry.get("time").cloned().unwrap_or_default())).collect()
    };
    let live = at(0, "one", None, json!({"a": "1", "b": "1"}));
    let first = json!("2026-01-02T03:04:05Z");
    let shared = at(5, "two", Some(&live), json!({"a": "1"}));
    assert_eq!(times(&shared), [("two".into(), Value::Null), ("one".into(), first.clone())]);
    let less = at(9, "one", Some(&shared), json!({"b": "1"}));
    assert_eq!(applied_by(&less, "one"), [".b"]);
    assert_eq!(times(&less), times(&shared), "another still applies what is given up");
    let changed = at(9, "two", Some(&less), json!({"a": "2"}));
    assert_eq!(times(&changed)[1], ("two".into(), json!("2026-01-02T03:04:14Z")));
    assert_eq!(times(&changed)[0], ("one".into(), first));
}

#[test]
fn what_nobody_applies_any_more_goes() {
    let base = object(&json!({"a": "1", "map": {"k": "1", "l": "1"}, "items": [{"name": "i", "a": "1"}, {"name": "j"}]}));
    let live = by(&small_versions(), "one", 0).applied(None, &base, false).unwrap();
    let live = apply(&live, "two", &object(&json!({"map": {"k": "1"}, "items": [{"name": "i", "b": "2"}]}))).unwrap();
    let left = apply(&live, "one", &object(&json!({}))).unwrap();
    assert_eq!(bare(&left), object(&json!({"map": {"k": "1"}, "items": [{"name": "i", "b": "2"}]})));
}

#[test]
fn what_an_updater_wrote_stays_when_the_applier_gives_it_up() {
    let live =
        by(&small_versions(), "one", 0).applied(None, &object(&json!({"items": [{"name": "i", "a": "1"}]})), false).unwrap();
    let mut new = live.clone();
    new["items"][0]["b"] = "2".into();
    by(&small_versions(), "two", 1).updated(&live, &mut new);
    let left = apply(&new, "one", &object(&json!({}))).unwrap();
    // The updater owns the field but not the item, which goes with everything in it; upstream leaves null of the list.
    assert_eq!(bare(&left), object(&json!({"items": null})));
    let kept = apply(&new, "one", &object(&json!({"items": [{"name": "i"}]}))).unwrap();
    assert_eq!(bare(&kept), object(&json!({"items": [{"name": "i", "b": "2"}]})));
}

#[test]
fn whole_maps_and_lists_have_one_owner() {
    let live =
        by(&small_versions(), "one", 0).applied(None, &object(&json!({"whole": {"k": "1"}, "list": ["p"]})), false).unwrap();
    let refusal = refused(apply(&live, "two", &object(&json!({"whole": {"l": "1"}, "list": ["p", "q"]}))));
    assert_eq!(refusal.message, "Apply failed with 2 conflicts: conflicts with \"one\":\n- .list\n- .whole");
    let live = by(&small_versions(), "one", 0).applied(None, &object(&json!({"set": ["p"]})), false).unwrap();
    let merged = apply(&live, "two", &object(&json!({"set": ["q"]}))).unwrap();
    assert_eq!(merged["set"], json!(["p", "q"]));
    assert_eq!(applied_by(&merged, "two"), [r#".set[="q"]"#]);
}

#[test]
fn the_first_apply_finds_an_owner_for_what_was_there() {
    let live = object(&json!({"a": "1", "b": "1"}));
    let applied = apply(&live, "one", &object(&json!({"b": "1", "map": {"k": "1"}}))).unwrap();
    let expected = [
        ("one Apply".to_owned(), vec![".b".to_owned(), ".map.k".to_owned()]),
        ("before-first-apply Update".to_owned(), vec![".a".to_owned(), ".b".to_owned()]),
    ];
    assert_eq!(owners(&applied), expected);
    assert!(apply(&live, "one", &object(&json!({"a": "2"}))).is_err());
}

#[test]
fn kubectl_takes_over_from_its_client_side_self() {
    let mut live = deployment(3);
    let annotation = "kubectl.kubernetes.io/last-applied-configuration";
    let mut last = deployment(3).to_string();
    last.push('\n');
    live["metadata"]["annotations"] = json!({annotation: last});
    by(&deployments(), "kubectl-client-side-apply", 0).created(&mut live);
    let applied = apply_deployment(Some(&live), "kubectl", &deployment(5)).unwrap();
    assert_eq!(applied["spec"]["replicas"], 5);
    let kept = applied["metadata"]["annotations"][annotation].as_str().unwrap();
    assert!(kept.starts_with(r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":"#) && kept.ends_with("}\n"));
    assert_eq!(serde_json::from_str::<Value>(kept).unwrap(), deployment(5));
    assert!(apply_deployment(Some(&live), "helm", &deployment(5)).is_err());
    // What somebody else has changed since is a conflict after all.
    let mut changed = live.clone();
    changed["spec"]["replicas"] = 4.into();
    by(&deployments(), "hpa", 1).updated(&live, &mut changed);
    let refusal = refused(apply_deployment(Some(&changed), "kubectl", &deployment(5)));
    assert_eq!(refusal.message, r#"Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas"#);
}

#[test]
fn a_configuration_that_does_not_fit_is_refused_with_places() {
    let refusal = |config: &Value| refused(apply_deployment(None, "a", config));
    let prefix = "failed to create typed patch object (/web; apps/v1, Kind=Deployment): ";
    let mut unknown = deployment(1);
    unknown["spec"]["foo"] = 1.into();
    assert_eq!(refusal(&unknown).message, format!("{prefix}.spec.foo: field not declared in schema"));
    assert_eq!(refusal(&unknown).reason, Reason::BadRequest);
    let mut typed = deployment(1);
    typed["spec"]["replicas"] = "two".into();
    assert_eq!(refusal(&typed).message, format!("{prefix}.spec.replicas: expected numeric (int or float), got string"));
    let mut twice = deployment(1);
    twice["spec"]["template"]["spec"]["containers"] = json!([{"name": "c"}, {"name": "c"}]);
    let message = refusal(&twice).message;
    assert_eq!(message, format!(r#"{prefix}.spec.template.spec.containers: duplicate entries for key [name="c"]"#));
    let mut keyless = deployment(1);
    keyless["spec"]["template"]["spec"]["containers"] = json!([{"image": "c"}, "x"]);
    let message = refusal(&keyless).message;
    assert_eq!(
        message,
        format!(
            "{prefix}.spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields \
             [\"name\"] (and doesn't have default values for any key fields)"
        )
    );
    let mut managed = deployment(1);
    managed["metadata"]["managedFields"] = json!([]);
    assert_eq!(refusal(&managed).message, "metadata.managedFields must be nil");
}

#[test]
fn null_owns_a_field_and_sets_nothing_in_a_map() {
    let live = by(&small_versions(), "one", 0).applied(None, &object(&json!({"map": {"k": "1"}})), false).unwrap();
    let applied = apply(&live, "two", &object(&json!({"map": null}))).unwrap();
    assert_eq!((&applied["map"], applied_by(&applied, "two")), (&json!({"k": "1"}), vec![".map".to_owned()]));
}
