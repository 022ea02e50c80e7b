use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use kontiki_store::{MemoryStore, Store};
use serde_json::{Value, json};

use super::{PodSecurity, PodSecurityConfiguration};
use crate::admit::{Admission, Operation, Plugin};
use crate::fixture::{NOW, cluster, put};

/// A namespace with these labels, each without what all begin with.
fn namespace(labels: &[(&str, &str)]) -> Value {
    let labels: serde_json::Map<String, Value> =
        labels.iter().map(|(key, value)| (format!("pod-security.kubernetes.io/{key}"), (*value).into())).collect();
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}})
}

async fn shop() -> std::sync::Arc<MemoryStore> {
    let store = cluster().await;
    let owner = |uid: &str| json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": uid, "controller": true}]);
    for (name, class, spec) in [
        ("free", "vm", json!({"hostNetwork": true})),
        ("web-1", "", json!({"hostNetwork": true})),
        ("web-2", "", json!({"hostNetwork": true})),
        ("plain", "", json!({})),
    ] {
        let mut spec = spec;
        spec["containers"] = json!([{"name": "c"}]);
        spec["runtimeClassName"] = class.into();
        let metadata = json!({"name": name, "namespace": "shop", "ownerReferences": owner("u")});
        put(&*store, json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})).await;
    }
    store
}

/// The warnings about labels that become `new`.
fn warnings(store: &dyn Store, configuration: Value, old: Option<&Value>, new: Value) -> Vec<String> {
    let kinds = Kinds::builtin();
    let kind = kinds.find("namespaces").unwrap();
    let target = Target { plural: "namespaces".into(), name: "shop".into(), ..Target::default() };
    let (user, mut object) = (User::default(), new);
    let operation = if old.is_some() { Operation::Update } else { Operation::Create };
    let mut admission = Admission::new(operation, kind, &target, &user, store, &mut object, NOW);
    admission.old = old;
    let configuration: PodSecurityConfiguration = serde_json::from_value(configuration).unwrap();
    PodSecurity::new(configuration).validate(&mut admission).unwrap();
    admission.warnings
}

#[tokio::test]
async fn pods_that_violate_what_is_enforced_from_now_on_are_named() {
    let store = shop().await;
    let exempt = json!({"exemptions": {"runtimeClasses": ["vm"]}});
    let warned =
        |old: &[(&str, &str)], new: &[(&str, &str)]| warnings(&*store, exempt.clone(), Some(&namespace(old)), namespace(new));
    let told = warned(&[], &[("enforce", "baseline")]);
    let wanted = [
        "existing pods in namespace \"shop\" violate the new PodSecurity enforce level \"baseline:latest\"",
        "web-1 (and 1 other pod): host namespaces",
    ];
    assert_eq!(told, wanted, "not those of an exempt runtime class");
    assert!(warned(&[("enforce", "restricted")], &[("enforce", "baseline")]).is_empty(), "less of the same version");
    let other = [("enforce", "baseline"), ("enforce-version", "v1.30")];
    assert_eq!(warned(&[("enforce", "restricted")], &other).len(), 2, "another version may ask for more");
    assert!(warned(&other, &[("enforce", "privileged")]).is_empty());
    let all = warnings(&*store, json!({}), Some(&namespace(&[])), namespace(&[("enforce", "baseline")]));
    assert_eq!(all[1], "free (and 2 other pods): host namespaces");
}

#[tokio::test]
async fn what_a_default_enforces_already_is_not_judged_again() {
    let store = shop().await;
    let defaults = json!({"defaults": {"enforce": "baseline"}});
    assert!(warnings(&*store, defaults, Some(&namespace(&[])), namespace(&[("enforce", "baseline")])).is_empty());
}

#[tokio::test]
async fn labels_of_an_exempt_namespace_are_said_to_be_ignored() {
    let store = shop().await;
    let exempt = json!({"exemptions": {"namespaces": ["shop"]}});
    let strict = namespace(&[("enforce", "baseline"), ("warn-version", "v1.30")]);
    let ignored = "namespace \"shop\" is exempt from Pod Security, and the policy (enforce=baseline:latest, warn=baseline:v1.30) \
                   will be ignored";
    for old in [None, Some(namespace(&[]))] {
        assert_eq!(warnings(&*store, exempt.clone(), old.as_ref(), strict.clone()), [ignored]);
    }
    assert!(warnings(&*store, exempt, None, namespace(&[])).is_empty());
}

#[tokio::test]
async fn of_very_many_pods_those_of_different_owners_are_looked_at() {
    let store = cluster().await;
    let owned = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u", "controller": true}]);
    for at in 0..=3000 {
        let (owners, last) = if at < 3000 { (owned.clone(), false) } else { (json!([]), true) };
        let metadata = json!({"name": format!("p{at:04}"), "namespace": "shop", "ownerReferences": owners});
        let spec = json!({"containers": [], "hostNetwork": last});
        put(&*store, json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})).await;
    }
    let told = warnings(&*store, json!({}), Some(&namespace(&[])), namespace(&[("enforce", "baseline")]));
    let of_all = "of 3001 existing pods";
    assert!(told[0].starts_with("new PodSecurity enforce level only checked against the first ") && told[0].ends_with(of_all));
    assert_eq!(told[2], "p3000: host namespaces", "the second owner is looked at before the rest of the first");
}
