//! Conditions of the pod.

use serde_json::{Value, json};

use super::facts::Facts;
use crate::runtime::Phase;

/// The condition types that the kubelet owns, in upstream's order.
const OWNED: [&str; 5] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// One verdict: true, or false with reason and message.
type Verdict = Result<&'static str, (&'static str, String)>;

/// All conditions: those of others as they are, ours as they are now.
pub fn conditions(facts: &Facts<'_>, phase: &str, main: &[Value]) -> Vec<Value> {
    let told = facts.told().get("conditions").and_then(Value::as_array).cloned().unwrap_or_default();
    let foreign = told.iter().filter(|condition| !is_owned(condition)).cloned();
    let ours = OWNED.into_iter().map(|r#type| condition(facts, &told, r#type, verdict(facts, r#type, phase, main, &told)));
    ours.chain(foreign).collect()
}

fn is_owned(condition: &Value) -> bool {
    condition.get("type").and_then(Value::as_str).is_some_and(|r#type| OWNED.contains(&r#type))
}

fn condition(facts: &Facts<'_>, told: &[Value], r#type: &str, verdict: Verdict) -> Value {
    let before = told.iter().find(|condition| condition.get("type").and_then(Value::as_str) == Some(r#type));
    let status = if verdict.is_ok() { "True" } else { "False" };
    let same = before.filter(|before| before.get("status").and_then(Value::as_str) == Some(status));
    let since = same.and_then(|before| before.get("lastTransitionTime").cloned()).unwrap_or_else(|| json!(facts.now.seconds()));
    let mut condition = json!({
        "type": r#type,
        "observedGeneration": facts.pod().metadata.generation,
        "status": status,
        "lastProbeTime": null,
        "lastTransitionTime": since,
    });
    let (reason, message) = match verdict {
        Ok(reason) => (reason, String::new()),
        Err(why) => why,
    };
    if let Some(map) = condition.as_object_mut() {
        if !reason.is_empty() {
            map.insert("reason".into(), json!(reason));
        }
        if !message.is_empty() {
            map.insert("message".into(), json!(message));
        }
    }
    condition
}

fn verdict(facts: &Facts<'_>, r#type: &str, phase: &str, main: &[Value], told: &[Value]) -> Verdict {
    match r#type {
        "PodScheduled" => Ok(""),
        "PodReadyToStartContainers" => facts.ready_sandbox().map(|_| "").ok_or(("", String::new())),
        "Initialized" => initialized(facts, phase),
        "ContainersReady" => containers_ready(phase, main),
        _ => containers_ready(phase, main).and_then(|reason| gates(facts, told).map(|()| reason)),
    }
}

fn initialized(facts: &Facts<'_>, phase: &str) -> Verdict {
    if phase == "Succeeded" {
        return Ok("PodCompleted");
    }
    let main_ran = facts.spec().containers.iter().any(|container| facts.latest(&container.name).is_some());
    let ended = |name: &str| facts.latest(name).is_some_and(|(_, state)| state.phase == Phase::Exited && state.exit_code == 0);
    let runs = |name: &str| facts.latest(name).is_some_and(|(_, state)| state.phase == Phase::Running);
    let init = facts.spec().init_containers.iter();
    let open: Vec<&str> = init
        .filter(|container| !(main_ran || ended(&container.name) || container.is_sidecar() && runs(&container.name)))
        .map(|container| container.name.as_str())
        .collect();
    if open.is_empty() {
        return Ok("");
    }
    Err(("ContainersNotInitialized", format!("containers with incomplete status: [{}]", open.join(" "))))
}

fn containers_ready(phase: &str, main: &[Value]) -> Verdict {
    match phase {
        "Succeeded" => return Err(("PodCompleted", String::new())),
        "Failed" => return Err(("PodFailed", String::new())),
        _ => {}
    }
    let unready = main.iter().filter(|status| status.get("ready").and_then(Value::as_bool) != Some(true));
    let names: Vec<&str> = unready.filter_map(|status| status.get("name").and_then(Value::as_str)).collect();
    if names.is_empty() {
        return Ok("");
    }
    Err(("ContainersNotReady", format!("containers with unready status: [{}]", names.join(" "))))
}

fn gates(facts: &Facts<'_>, told: &[Value]) -> Result<(), (&'static str, String)> {
    let met = |wanted: &str| {
        told.iter().any(|condition| {
            condition.get("type").and_then(Value::as_str) == Some(wanted)
                && condition.get("status").and_then(Value::as_str) == Some("True")
        })
    };
    let open: Vec<String> = (facts.spec().readiness_gates.iter())
        .filter(|gate| !met(&gate.condition_type))
        .map(|gate| format!("the status of pod readiness gate {:?} is not \"True\", but False", gate.condition_type))
        .collect();
    if open.is_empty() { Ok(()) } else { Err(("ReadinessGatesNotReady", open.join(", "))) }
}
