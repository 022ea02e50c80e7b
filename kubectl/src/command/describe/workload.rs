//! What makes pods.

use kontiki_api::selector::LabelSelector;
use serde_json::Value;

use super::page::{Page, at, list};
use super::pod;

pub(super) fn write(page: &mut Page, object: &Value) {
    page.meta(object);
    page.field(0, "CreationTimestamp", at(object, "/metadata/creationTimestamp"));
    page.labels(object);
    page.field(0, "Selector", selector(object));
    let owner = list(object, "/metadata/ownerReferences").iter().find(|owner| at(owner, "/controller") == "true");
    page.some(
        0,
        "Controlled By",
        owner.map(|owner| format!("{}/{}", at(owner, "/kind"), at(owner, "/name"))).unwrap_or_default(),
    );
    replicas(page, object);
    page.some(0, "StrategyType", at(object, "/spec/strategy/type"));
    page.some(0, "MinReadySeconds", at(object, "/spec/minReadySeconds"));
    if let Some(rolling) = object.pointer("/spec/strategy/rollingUpdate") {
        let (unavailable, surge) = (at(rolling, "/maxUnavailable"), at(rolling, "/maxSurge"));
        page.field(0, "RollingUpdateStrategy", format!("{unavailable} max unavailable, {surge} max surge"));
    }
    page.head(0, "Pod Template");
    page.map(1, "Labels", object.pointer("/spec/template/metadata/labels"), "=");
    page.some(1, "Service Account", at(object, "/spec/template/spec/serviceAccountName"));
    pod::containers(page, "  Containers", list(object, "/spec/template/spec/containers"), &[]);
    pod::volumes(page, list(object, "/spec/template/spec/volumes"));
    let conditions = list(object, "/status/conditions");
    if !conditions.is_empty() {
        page.head(0, "Conditions");
        let rows = conditions.iter().map(|each| vec![at(each, "/type"), at(each, "/status"), at(each, "/reason")]);
        page.table(&["Type", "Status", "Reason"], rows.collect());
    }
}

fn selector(object: &Value) -> String {
    let selector = match object.pointer("/spec/selector") {
        Some(Value::Object(map)) if map.values().all(Value::is_string) => LabelSelector::from_map(map),
        Some(selector) => LabelSelector::from_value(selector).unwrap_or_default(),
        None => LabelSelector::nothing(),
    };
    selector.to_string()
}

fn replicas(page: &mut Page, object: &Value) {
    let int = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    let text = match at(object, "/kind").as_str() {
        "Deployment" => format!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            int("/spec/replicas"),
            int("/status/updatedReplicas"),
            int("/status/replicas"),
            int("/status/availableReplicas"),
            int("/status/unavailableReplicas")
        ),
        "DaemonSet" => format!(
            "{} desired | {} current | {} ready | {} available",
            int("/status/desiredNumberScheduled"),
            int("/status/currentNumberScheduled"),
            int("/status/numberReady"),
            int("/status/numberAvailable")
        ),
        "Job" => {
            let pods = format!(
                "{} Active / {} Succeeded / {} Failed",
                int("/status/active"),
                int("/status/succeeded"),
                int("/status/failed")
            );
            page.field(0, "Parallelism", at(object, "/spec/parallelism"));
            page.field(0, "Completions", at(object, "/spec/completions"));
            page.field(0, "Pods Statuses", pods);
            return;
        }
        _ => format!("{} current / {} desired", int("/status/replicas"), int("/spec/replicas")),
    };
    page.field(0, "Replicas", text);
}
