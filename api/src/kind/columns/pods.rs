//! The cells of a pod.

use serde_json::{Value, json};

use super::cell::{between, condition, flag, int, list, text};
use crate::time::Time;

/// What a pod's containers add up to.
#[derive(Debug, Default)]
struct Summary {
    ready: usize,
    total: usize,
    restarts: i64,
    restarted: Option<Time>,
    reason: String,
}

/// `1/2`.
pub(super) fn ready(pod: &Value, _now: Time) -> Value {
    let summary = summary(pod);
    format!("{}/{}", summary.ready, summary.total).into()
}

/// The one word that says best what the pod is doing.
pub(super) fn status(pod: &Value, _now: Time) -> Value {
    let is_leaving = pod.pointer("/metadata/deletionTimestamp").is_some();
    let is_over = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
    match () {
        () if is_leaving && text(pod, "/status/reason") == "NodeLost" => "Unknown".into(),
        () if is_leaving && !is_over => "Terminating".into(),
        () => summary(pod).reason.into(),
    }
}

/// `2 (5s ago)`.
pub(super) fn restarts(pod: &Value, now: Time) -> Value {
    let Summary { restarts, restarted, .. } = summary(pod);
    match restarted {
        Some(then) if restarts > 0 => format!("{restarts} ({} ago)", between(then, now)).into(),
        _ => restarts.to_string().into(),
    }
}

/// `1/2` of the readiness gates.
pub(super) fn gates(pod: &Value, _now: Time) -> Value {
    let gates = list(pod, "/spec/readinessGates");
    if gates.is_empty() {
        return super::cell::NONE.into();
    }
    let open = gates.iter().filter(|gate| condition(pod, text(gate, "/conditionType")) == "True").count();
    format!("{open}/{}", gates.len()).into()
}

/// What a pod's row says besides its cells: that the pod is over.
pub(in crate::kind) fn conditions(pod: &Value) -> Option<Value> {
    let reason = text(pod, "/status/phase");
    let message = match reason {
        "Succeeded" => "The pod has completed successfully.",
        "Failed" => "The pod failed.",
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

/// Whether init container `name` goes on running beside the others.
fn is_sidecar(pod: &Value, name: &str) -> bool {
    let found = list(pod, "/spec/initContainers").iter().find(|container| text(container, "/name") == name);
    found.is_some_and(|container| text(container, "/restartPolicy") == "Always")
}

fn summary(pod: &Value) -> Summary {
    let sidecars = list(pod, "/spec/initContainers").iter().filter(|container| text(container, "/restartPolicy") == "Always");
    let mut all = Summary { total: list(pod, "/spec/containers").len() + sidecars.count(), ..Summary::default() };
    all.reason = first_reason(pod).to_owned();
    let mut beside = Summary::default();
    let initializing = initial(pod, &mut all, &mut beside);
    if !initializing || condition(pod, "Initialized") == "True" {
        all.restarts = beside.restarts;
        all.restarted = beside.restarted;
        main(pod, &mut all);
    }
    all
}

fn first_reason(pod: &Value) -> &str {
    let is_gated =
        |condition: &Value| text(condition, "/type") == "PodScheduled" && text(condition, "/reason") == "SchedulingGated";
    match text(pod, "/status/reason") {
        _ if list(pod, "/status/conditions").iter().any(is_gated) => "SchedulingGated",
        "" => text(pod, "/status/phase"),
        reason => reason,
    }
}

/// Goes through the init containers up to the first that is not done; whether there is one.
fn initial(pod: &Value, all: &mut Summary, beside: &mut Summary) -> bool {
    let count = list(pod, "/spec/initContainers").len();
    for (at, status) in list(pod, "/status/initContainerStatuses").iter().enumerate() {
        all.count_restarts(status);
        let is_sidecar = is_sidecar(pod, text(status, "/name"));
        if is_sidecar {
            beside.count_restarts(status);
        }
        let terminated = status.pointer("/state/terminated");
        if terminated.is_some_and(|state| int(state, "/exitCode") == 0) {
            continue;
        }
        if is_sidecar && flag(status, "/started") {
            all.ready += usize::from(flag(status, "/ready"));
            continue;
        }
        all.reason = match (terminated, text(status, "/state/waiting/reason")) {
            (Some(state), _) => format!("Init:{}", end(state)),
            (None, "" | "PodInitializing") => format!("Init:{at}/{count}"),
            (None, waiting) => format!("Init:{waiting}"),
        };
        return true;
    }
    false
}

fn main(pod: &Value, all: &mut Summary) {
    let mut is_any_running = false;
    for status in list(pod, "/status/containerStatuses").iter().rev() {
        all.count_restarts(status);
        let waiting = text(status, "/state/waiting/reason");
        if !waiting.is_empty() {
            waiting.clone_into(&mut all.reason);
        } else if let Some(state) = status.pointer("/state/terminated") {
            all.reason = end(state);
        } else if flag(status, "/ready") && status.pointer("/state/running").is_some() {
            is_any_running = true;
            all.ready += 1;
        }
    }
    if all.reason == "Completed" && is_any_running {
        let is_ready = condition(pod, "Ready") == "True";
        if is_ready { "Running" } else { "NotReady" }.clone_into(&mut all.reason);
    }
}

/// How a container ended.
fn end(state: &Value) -> String {
    match (text(state, "/reason"), int(state, "/signal")) {
        ("", 0) => format!("ExitCode:{}", int(state, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.into(),
    }
}

impl Summary {
    fn count_restarts(&mut self, status: &Value) {
        self.restarts += int(status, "/restartCount");
        let ended = Time::parse(text(status, "/lastState/terminated/finishedAt"));
        self.restarted = self.restarted.max(ended);
    }
}
