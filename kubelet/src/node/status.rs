//! The Node's status.

use kontiki_api::time::Time;
use serde_json::{Map, Value, json};

use super::NodeDescription;
use crate::observed::{ImageState, RuntimeState};

/// Most images told (upstream's `nodeStatusMaxImages`).
const MOST_IMAGES: usize = 50;

/// The status fields that are ours, as they are now. What others wrote into `told` is kept.
pub fn status<'a>(
    node: &NodeDescription,
    told: &Value,
    runtime: Option<&RuntimeState>,
    images: impl Iterator<Item = (&'a kontiki_api::Text, &'a ImageState)>,
    now: Time,
) -> Map<String, Value> {
    let mut status = Map::new();
    status.insert(
        "addresses".into(),
        json!([{"type": "InternalIP", "address": node.ip}, {"type": "Hostname", "address": node.name}]),
    );
    let capacity = resources(node, told.get("capacity"), None);
    status.insert("allocatable".into(), resources(node, told.get("allocatable"), capacity.as_object()));
    status.insert("capacity".into(), capacity);
    status.insert("conditions".into(), conditions(told, runtime, now));
    status.insert("daemonEndpoints".into(), json!({"kubeletEndpoint": {"Port": node.kubelet_port}}));
    status.insert("nodeInfo".into(), info(node, runtime));
    status.insert("images".into(), list(images));
    status
}

/// Our resources, and those that others added (devices, tests): an added capacity is allocatable too.
fn resources(node: &NodeDescription, told: Option<&Value>, capacity: Option<&Map<String, Value>>) -> Value {
    let mut map = capacity.cloned().unwrap_or_default();
    map.extend(told.and_then(Value::as_object).cloned().unwrap_or_default());
    let cpu = if node.cpu_millis % 1000 == 0 { (node.cpu_millis / 1000).to_string() } else { format!("{}m", node.cpu_millis) };
    for (name, value) in [
        ("cpu", cpu),
        ("memory", format!("{}Ki", node.memory_bytes / 1024)),
        ("ephemeral-storage", format!("{}Ki", node.disk_bytes / 1024)),
        ("hugepages-1Gi", "0".to_owned()),
        ("hugepages-2Mi", "0".to_owned()),
        ("pods", node.pods.to_string()),
    ] {
        map.insert(name.into(), json!(value));
    }
    Value::Object(map)
}

fn conditions(told: &Value, runtime: Option<&RuntimeState>, now: Time) -> Value {
    let told = told.get("conditions").and_then(Value::as_array).cloned().unwrap_or_default();
    let ready = match runtime {
        Some(RuntimeState::Up { .. }) => ("Ready", "True", "KubeletReady", "kubelet is posting ready status".to_owned()),
        Some(RuntimeState::Down { message }) => {
            ("Ready", "False", "KubeletNotReady", format!("container runtime is down: {message}"))
        }
        None => ("Ready", "False", "KubeletNotReady", "container runtime status check may not have completed yet".to_owned()),
    };
    let ours = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available".to_owned()),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure".to_owned()),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available".to_owned()),
        ready,
    ];
    let of_type = |condition: &Value, r#type: &str| condition.get("type").and_then(Value::as_str) == Some(r#type);
    let foreign = told.iter().filter(|condition| !ours.iter().any(|(r#type, ..)| of_type(condition, r#type))).cloned();
    let shown = ours.iter().map(|(r#type, status, reason, message)| {
        let before = told.iter().find(|condition| of_type(condition, r#type));
        let same = before.filter(|before| before.get("status").and_then(Value::as_str) == Some(status));
        let since = same.and_then(|before| before.get("lastTransitionTime").cloned()).unwrap_or_else(|| json!(now.seconds()));
        json!({
            "type": r#type, "status": status, "lastHeartbeatTime": now.seconds(), "lastTransitionTime": since,
            "reason": reason, "message": message,
        })
    });
    foreign.chain(shown).collect()
}

fn info(node: &NodeDescription, runtime: Option<&RuntimeState>) -> Value {
    let mut info: Map<String, Value> = node.info.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let version = match runtime {
        Some(RuntimeState::Up { version }) => version.to_string(),
        _ => "docker://unknown".to_owned(),
    };
    info.insert("containerRuntimeVersion".into(), json!(version));
    Value::Object(info)
}

fn list<'a>(images: impl Iterator<Item = (&'a kontiki_api::Text, &'a ImageState)>) -> Value {
    let mut by_id: std::collections::BTreeMap<&str, (i64, Vec<&str>)> = std::collections::BTreeMap::new();
    for (name, image) in images.filter(|(name, _)| !name.starts_with("sha256:")) {
        let entry = by_id.entry(&image.id).or_insert((image.size, Vec::new()));
        entry.1.push(name);
    }
    let mut all: Vec<_> = by_id.into_values().collect();
    all.sort_by_key(|(size, names)| (-size, names.first().copied().unwrap_or_default().to_owned()));
    all.truncate(MOST_IMAGES);
    all.into_iter().map(|(size, names)| json!({"names": names, "sizeBytes": size})).collect()
}

/// What `status` says of the condition `Ready`.
pub fn ready(status: &Map<String, Value>) -> Option<&str> {
    let conditions = status.get("conditions")?.as_array()?;
    let found = conditions.iter().find(|condition| condition.get("type").and_then(Value::as_str) == Some("Ready"))?;
    found.get("status").and_then(Value::as_str)
}

/// Whether two statuses say the same but for the time of the heartbeat.
pub fn is_same(told: &Value, status: &Map<String, Value>) -> bool {
    status.iter().all(|(name, value)| match name.as_str() {
        "conditions" => still(told.get(name)) == still(Some(value)),
        _ => told.get(name) == Some(value),
    })
}

fn still(conditions: Option<&Value>) -> Value {
    let mut conditions = conditions.cloned().unwrap_or_default();
    for condition in conditions.as_array_mut().into_iter().flatten() {
        if let Some(map) = condition.as_object_mut() {
            map.shift_remove("lastHeartbeatTime");
        }
    }
    conditions
}
