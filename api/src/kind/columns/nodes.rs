//! Columns of nodes, namespaces, events and leases.

use serde_json::Value;

use super::cell::{NONE, UNKNOWN, age, between, condition, flag, int, list, map, or, shown, text, text_or};
use super::column::{Col, Row};
use crate::time::Time;

/// The columns of each kind.
pub(super) const TABLE: &[Row] = &[
    ("", "Node", NODES),
    ("", "Namespace", NAMESPACES),
    ("", "Event", EVENTS),
    ("events.k8s.io", "Event", EVENTS),
    ("", "ComponentStatus", COMPONENTS),
    ("coordination.k8s.io", "Lease", LEASES),
    ("node.k8s.io", "RuntimeClass", RUNTIMES),
    ("scheduling.k8s.io", "PriorityClass", PRIORITIES),
];

const NODES: &[Col] = &[
    Col::NAME,
    Col::text("Status", node_status),
    Col::text("Roles", node_roles),
    Col::AGE,
    Col::text("Version", |node, _| text(node, "/status/nodeInfo/kubeletVersion").into()),
    Col::wide("Internal-IP", |node, _| node_address(node, "InternalIP")),
    Col::wide("External-IP", |node, _| node_address(node, "ExternalIP")),
    Col::wide("OS-Image", |node, _| text_or(node, "/status/nodeInfo/osImage", UNKNOWN)),
    Col::wide("Kernel-Version", |node, _| text_or(node, "/status/nodeInfo/kernelVersion", UNKNOWN)),
    Col::wide("Container-Runtime", |node, _| text_or(node, "/status/nodeInfo/containerRuntimeVersion", UNKNOWN)),
];

const NAMESPACES: &[Col] = &[Col::NAME, Col::text("Status", |object, _| text(object, "/status/phase").into()), Col::AGE];

const EVENTS: &[Col] = &[
    Col::text("Last Seen", last_seen),
    Col::text("Type", |event, _| text(event, "/type").into()),
    Col::text("Reason", |event, _| text(event, "/reason").into()),
    Col::text("Object", |event, _| about(event, "/involvedObject")),
    Col::wide("Subobject", |event, _| text(event, "/involvedObject/fieldPath").into()),
    Col::wide("Source", source),
    Col::text("Message", |event, _| text(event, "/message").trim().into()),
    Col::wide("First Seen", seen),
    Col::wide("Count", |event, _| times(event).into()),
    Col::wide("Name", |event, _| text(event, "/metadata/name").into()).named(),
];

const COMPONENTS: &[Col] = &[
    Col::NAME,
    Col::text("Status", |object, _| {
        let healthy = list(object, "/conditions").iter().find(|condition| text(condition, "/type") == "Healthy");
        match healthy.map_or("", |condition| text(condition, "/status")) {
            "True" => "Healthy".into(),
            "False" => "Unhealthy".into(),
            _ => "Unknown".into(),
        }
    }),
    Col::text("Message", |object, _| text(object, "/conditions/0/message").into()),
    Col::text("Error", |object, _| text(object, "/conditions/0/error").into()),
];

const LEASES: &[Col] = &[Col::NAME, Col::text("Holder", |object, _| text(object, "/spec/holderIdentity").into()), Col::AGE];

const RUNTIMES: &[Col] = &[Col::NAME, Col::text("Handler", |object, _| text(object, "/handler").into()), Col::AGE];

const PRIORITIES: &[Col] = &[
    Col::NAME,
    Col::int("Value", |object, _| int(object, "/value").into()),
    Col::flag("Global-Default", |object, _| flag(object, "/globalDefault").into()),
    Col::AGE,
    Col::text("PreemptionPolicy", |object, _| text(object, "/preemptionPolicy").into()),
];

fn node_status(node: &Value, _now: Time) -> Value {
    let ready = match condition(node, "Ready") {
        "True" => "Ready",
        "" => "Unknown",
        _ => "NotReady",
    };
    if flag(node, "/spec/unschedulable") { format!("{ready},SchedulingDisabled").into() } else { ready.into() }
}

fn node_roles(node: &Value, _now: Time) -> Value {
    let mut roles: Vec<&str> = map(node, "/metadata/labels")
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role).filter(|role| !role.is_empty()),
            None => value.as_str().filter(|role| key == "kubernetes.io/role" && !role.is_empty()),
        })
        .collect();
    roles.sort_unstable();
    roles.dedup();
    super::cell::joined(roles)
}

fn node_address(node: &Value, kind: &str) -> Value {
    let found = list(node, "/status/addresses").iter().find(|address| text(address, "/type") == kind);
    found.map_or(NONE.into(), |address| text(address, "/address").into())
}

/// When it was last seen, how often, and since when.
fn last_seen(event: &Value, now: Time) -> Value {
    let series = shown(event, "/series/count");
    if !series.is_empty() {
        let last = age(event, "/series/lastObservedTime", now);
        return format!("{last} (x{series} over {})", seen(event, now).as_str().unwrap_or(UNKNOWN)).into();
    }
    let last_time = Time::parse(text(event, "/lastTimestamp")).or_else(|| first_time(event));
    let last = last_time.map_or_else(|| UNKNOWN.to_owned(), |then| between(then, now));
    match times(event) {
        count @ 2.. => format!("{last} (x{count} over {})", seen(event, now).as_str().unwrap_or(UNKNOWN)).into(),
        _ => last.into(),
    }
}

fn seen(event: &Value, now: Time) -> Value {
    first_time(event).map_or_else(|| UNKNOWN.into(), |then| between(then, now).into())
}

fn first_time(event: &Value) -> Option<Time> {
    Time::parse(text(event, "/firstTimestamp")).or_else(|| Time::parse(text(event, "/eventTime")))
}

fn times(event: &Value) -> i64 {
    int(event, "/series/count").max(int(event, "/count")).max(1)
}

fn about(event: &Value, pointer: &str) -> Value {
    let part = |name: &str| text(event, &format!("{pointer}/{name}"));
    match (part("kind").to_lowercase(), part("name")) {
        (kind, "") => kind.into(),
        (kind, name) => format!("{kind}/{name}").into(),
    }
}

fn source(event: &Value, _now: Time) -> Value {
    let component = or(text(event, "/source/component"), text(event, "/reportingComponent"));
    match or(text(event, "/source/host"), text(event, "/reportingInstance")) {
        "" => component.into(),
        host if host == component => component.into(),
        host => format!("{component}, {host}").into(),
    }
}
