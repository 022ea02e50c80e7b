//! New objects of kinds that start in a certain way.

use serde_json::{Value, json};

use super::generic;
use crate::kind::builtin::defaults::labels_of_template;

/// A new namespace is active, and is not gone before it is emptied.
pub(super) fn namespace(namespace: &mut Value) {
    generic::create::<false, false>(namespace);
    generic::put(namespace, "status", json!({"phase": "Active"}));
    let finalizers = &mut namespace["spec"]["finalizers"];
    match finalizers.as_array_mut() {
        Some(list) if list.iter().any(|name| name == "kubernetes") => {}
        Some(list) => list.push("kubernetes".into()),
        None => *finalizers = json!(["kubernetes"]),
    }
}

/// A new volume waits to be bound, from now on.
pub(super) fn volume(volume: &mut Value) {
    let mut status = json!({"phase": "Pending"});
    if let Some(now) = volume["metadata"].get("creationTimestamp") {
        status["lastPhaseTransitionTime"] = now.clone();
    }
    generic::create::<false, false>(volume);
    generic::put(volume, "status", status);
}

/// A new claim waits to be bound; what it is filled from is told in both of its fields.
pub(super) fn claim(claim: &mut Value) {
    generic::create::<false, false>(claim);
    generic::put(claim, "status", json!({"phase": "Pending"}));
    data_sources(claim);
}

/// The older of the two fields knows no namespace.
pub(super) fn data_sources(claim: &mut Value) {
    let (source, reference) = (claim["spec"].get("dataSource").cloned(), claim["spec"].get("dataSourceRef").cloned());
    match (source, reference) {
        (Some(source), None) => claim["spec"]["dataSourceRef"] = source,
        (None, Some(reference)) if reference.get("namespace").and_then(Value::as_str).is_none_or(str::is_empty) => {
            claim["spec"]["dataSource"] = reference;
        }
        _ => {}
    }
}

/// A new definition stores objects of its storage version, and no name is granted yet.
pub(super) fn definition(definition: &mut Value) {
    generic::create::<true, true>(definition);
    let status = json!({"acceptedNames": {"plural": "", "kind": ""}, "conditions": null, "storedVersions": []});
    generic::put(definition, "status", status);
    super::stored_versions(definition);
}

/// A new Service has no address from outside.
pub(super) fn service(service: &mut Value) {
    generic::create::<false, false>(service);
    generic::put(service, "status", json!({"loadBalancer": {}}));
}

/// Secrets are named, and nothing else is said of them.
pub(super) fn service_account(account: &mut Value) {
    generic::create::<false, false>(account);
    secret_names(account);
}

/// Leaves the names of the secrets of an account.
pub(super) fn secret_names(account: &mut Value) {
    for secret in account.get_mut("secrets").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(secret) = secret.as_object_mut() {
            secret.retain(|field, _| field == "name");
        }
    }
}

/// A new job selects its own pods by its uid, unless it is to have the selector that it brings. Without labels it has those of
/// its template, also those that were just added.
pub(super) fn job(job: &mut Value) {
    generic::create::<true, true>(job);
    if job["spec"]["manualSelector"] != true {
        generate_selector(job);
    }
    if let Some(job) = job.as_object_mut() {
        labels_of_template(job);
    }
}

/// Adds what is missing; what is there and says otherwise is left for validation to refuse.
fn generate_selector(job: &mut Value) {
    let text = |field: &str| job["metadata"].get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (uid, name) = (text("uid"), text("name"));
    if uid.is_empty() {
        return;
    }
    let own = [
        ("controller-uid", &*uid),
        ("job-name", &*name),
        ("batch.kubernetes.io/controller-uid", &*uid),
        ("batch.kubernetes.io/job-name", &*name),
    ];
    add_missing(&mut job["spec"]["template"]["metadata"]["labels"], &own);
    let selector = &mut job["spec"]["selector"];
    if !selector.is_object() {
        *selector = json!({});
    }
    add_missing(&mut selector["matchLabels"], &[("batch.kubernetes.io/controller-uid", &*uid)]);
}

fn add_missing(labels: &mut Value, wanted: &[(&str, &str)]) {
    if !labels.is_object() {
        *labels = json!({});
    }
    for (label, value) in wanted.iter().filter(|(label, _)| labels.get(*label).is_none()).collect::<Vec<_>>() {
        generic::put(labels, label, (*value).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_volume_tells_since_when_it_waits() {
        let mut new = json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Bound"}});
        volume(&mut new);
        assert_eq!(new["status"], json!({"phase": "Pending", "lastPhaseTransitionTime": "2026-01-01T00:00:00Z"}));
    }

    #[test]
    fn an_account_keeps_the_names_of_its_secrets_alone() {
        let sent = json!({"metadata": {}, "secrets": [{"name": "a", "kind": "Secret", "namespace": "d", "uid": "1"}]});
        let mut new = sent.clone();
        service_account(&mut new);
        assert_eq!(new["secrets"], json!([{"name": "a"}]));
        let mut changed = sent;
        super::super::update::service_account(&mut changed, &new);
        assert_eq!(changed["secrets"], json!([{"name": "a"}]));
    }
}
