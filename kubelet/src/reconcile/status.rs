//! The pod's status, and the patch that brings the API to it.

use kontiki_api::request::PatchType;
use kontiki_runtime::plan::Intent;
use serde_json::{Map, Value, json};

use super::draft::{Draft, Event};
use super::facts::Facts;
use super::{conditions, container_status, phase};
use crate::runtime::Phase;

/// The patch to the pod's status, where it differs from what is told; and the events about what changed.
pub fn intents(facts: &Facts<'_>, draft: &mut Draft) -> Vec<Intent> {
    lifecycle_events(facts, draft);
    let status = status(facts, draft);
    let told = facts.told();
    let mut patch = Map::new();
    for (name, value) in status {
        let before = told.get(&name).unwrap_or(&Value::Null);
        if !same(before, &value) {
            patch.insert(name, value);
        }
    }
    if patch.is_empty() {
        return Vec::new();
    }
    let on = facts.seen.precondition();
    vec![Intent::Patch { on, subresource: "status".into(), r#type: PatchType::Merge, body: json!({"status": patch}) }]
}

/// Equal, where absent, null and empty are one.
fn same(before: &Value, after: &Value) -> bool {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().chain(b.keys());
            names.into_iter().all(|name| same(a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => before == after || empty(before) && empty(after),
    }
}

fn status(facts: &Facts<'_>, draft: &Draft) -> Map<String, Value> {
    let spec = facts.spec();
    let init = container_status::statuses(facts, draft, &spec.init_containers, true);
    let main = container_status::statuses(facts, draft, &spec.containers, false);
    let phase = phase::phase(facts, draft);
    let mut status = Map::new();
    let mut set = |name: &str, value: Value| status.insert(name.into(), value);
    set("phase", json!(phase));
    set("observedGeneration", json!(facts.pod().metadata.generation));
    set("conditions", Value::Array(conditions::conditions(facts, phase, &main)));
    if let Some((reason, message)) = &draft.failed {
        set("reason", json!(reason));
        set("message", json!(message));
    }
    set("hostIP", json!(&*facts.node.ip));
    set("hostIPs", json!([{"ip": &*facts.node.ip}]));
    let ip = facts.ip();
    if !ip.is_empty() {
        set("podIP", json!(&*ip));
        set("podIPs", json!([{"ip": &*ip}]));
    }
    if facts.told_text("startTime").is_empty() {
        set("startTime", json!(facts.now.seconds()));
    }
    if draft.failed.is_none() || !facts.containers.is_empty() {
        if !init.is_empty() {
            set("initContainerStatuses", Value::Array(init));
        }
        set("containerStatuses", Value::Array(main));
        let ephemeral = container_status::ephemeral(facts, draft);
        if !ephemeral.is_empty() {
            set("ephemeralContainerStatuses", Value::Array(ephemeral));
        }
    }
    status
}

/// Events of runs that the API does not know of yet.
fn lifecycle_events(facts: &Facts<'_>, draft: &mut Draft) {
    for container in facts.every_container() {
        let name = &container.name;
        let Some((_, state)) = facts.latest(name).filter(|(_, state)| state.phase != Phase::Created) else { continue };
        let told = facts.told_container(name).and_then(|status| status.get("containerID")).and_then(Value::as_str);
        if told == Some(&*state.id) {
            continue;
        }
        let pulled = if draft_pulled(facts, name) {
            format!("Successfully pulled image \"{}\"", container.image)
        } else {
            format!("Container image \"{}\" already present on machine and can be accessed by the pod", container.image)
        };
        draft.event(facts, Event::normal(Some(name), "Pulled", pulled));
        draft.event(facts, Event::normal(Some(name), "Created", format!("Created container: {name}")));
        if state.error.is_empty() {
            draft.event(facts, Event::normal(Some(name), "Started", format!("Started container {name}")));
        }
    }
}

/// Whether the image of the newest run was fetched for it.
fn draft_pulled(facts: &Facts<'_>, name: &str) -> bool {
    facts.effects.keys().any(|key| matches!(&key.act, crate::effect::Act::Image(container, _) if &**container == name))
}
