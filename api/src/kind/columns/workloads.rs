//! Columns of pods and of what makes them.

use serde_json::Value;

use super::cell::{
    NONE, UNKNOWN, age, between, condition, containers, flag, images, int, labels, list, or, selector, shown, text, text_or,
};
use super::column::{Col, Row};
use super::pods;
use crate::time::Time;

const CONTAINERS: Col = Col::wide("Containers", |object, _| containers(object));
const IMAGES: Col = Col::wide("Images", |object, _| images(object));
const SELECTOR: Col = Col::wide("Selector", |object, _| selector(object, "/spec/selector"));

/// The columns of each kind.
pub(super) const TABLE: &[Row] = &[
    ("", "Pod", PODS),
    ("", "PodTemplate", POD_TEMPLATES),
    ("", "ReplicationController", REPLICATION_CONTROLLERS),
    ("apps", "ReplicaSet", REPLICA_SETS),
    ("apps", "Deployment", DEPLOYMENTS),
    ("apps", "StatefulSet", STATEFUL_SETS),
    ("apps", "DaemonSet", DAEMON_SETS),
    ("apps", "ControllerRevision", CONTROLLER_REVISIONS),
    ("batch", "Job", JOBS),
    ("batch", "CronJob", CRON_JOBS),
    ("autoscaling", "HorizontalPodAutoscaler", AUTOSCALERS),
    ("autoscaling", "Scale", SCALES),
    ("policy", "PodDisruptionBudget", BUDGETS),
];

const PODS: &[Col] = &[
    Col::NAME,
    Col::text("Ready", pods::ready),
    Col::text("Status", pods::status),
    Col::text("Restarts", pods::restarts),
    Col::AGE,
    Col::wide("IP", |pod, _| text_or(pod, "/status/podIPs/0/ip", or(text(pod, "/status/podIP"), NONE))),
    Col::wide("Node", |pod, _| text_or(pod, "/spec/nodeName", NONE)),
    Col::wide("Nominated Node", |pod, _| text_or(pod, "/status/nominatedNodeName", NONE)),
    Col::wide("Readiness Gates", pods::gates),
];

const POD_TEMPLATES: &[Col] = &[
    Col::NAME,
    Col::text("Containers", |object, _| super::cell::each(object, "/template/spec/containers", "name")),
    Col::text("Images", |object, _| super::cell::each(object, "/template/spec/containers", "image")),
    Col::text("Pod Labels", |object, _| labels(object, "/template/metadata/labels")),
];

const DESIRED: Col = Col::int("Desired", |object, _| int(object, "/spec/replicas").into());
const CURRENT: Col = Col::int("Current", |object, _| int(object, "/status/replicas").into());
const READY: Col = Col::int("Ready", |object, _| int(object, "/status/readyReplicas").into());

const SCALES: &[Col] = &[
    Col::NAME.unformatted(),
    DESIRED.described("replicas is the desired number of instances for the scaled object."),
    Col::int("Available", |object, _| int(object, "/status/replicas").into())
        .described("replicas is the actual number of observed instances of the scaled object."),
    Col::AGE,
];

const REPLICATION_CONTROLLERS: &[Col] = &[
    Col::NAME,
    DESIRED,
    CURRENT,
    READY,
    Col::AGE,
    CONTAINERS,
    IMAGES,
    Col::wide("Selector", |object, _| labels(object, "/spec/selector")),
];

const REPLICA_SETS: &[Col] = &[Col::NAME, DESIRED, CURRENT, READY, Col::AGE, CONTAINERS, IMAGES, SELECTOR];

const DEPLOYMENTS: &[Col] = &[
    Col::NAME,
    Col::text("Ready", ready_of_desired),
    Col::text("Up-to-date", |object, _| int(object, "/status/updatedReplicas").into()),
    Col::text("Available", |object, _| int(object, "/status/availableReplicas").into()),
    Col::AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

const STATEFUL_SETS: &[Col] = &[Col::NAME, Col::text("Ready", ready_of_desired), Col::AGE, CONTAINERS, IMAGES];

const DAEMON_SETS: &[Col] = &[
    Col::NAME,
    Col::int("Desired", |object, _| int(object, "/status/desiredNumberScheduled").into()),
    Col::int("Current", |object, _| int(object, "/status/currentNumberScheduled").into()),
    Col::int("Ready", |object, _| int(object, "/status/numberReady").into()),
    Col::int("Up-to-date", |object, _| int(object, "/status/updatedNumberScheduled").into()),
    Col::int("Available", |object, _| int(object, "/status/numberAvailable").into()),
    Col::text("Node Selector", |object, _| labels(object, "/spec/template/spec/nodeSelector")),
    Col::AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

const CONTROLLER_REVISIONS: &[Col] = &[
    Col::NAME,
    Col::text("Controller", |object, _| {
        let owner = list(object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"));
        owner.map_or(NONE.into(), controller)
    }),
    Col::text("Revision", |object, _| int(object, "/revision").into()),
    Col::AGE,
];

const JOBS: &[Col] = &[
    Col::NAME,
    Col::text("Status", job_status),
    Col::text("Completions", completions),
    Col::text("Duration", duration),
    Col::AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

const CRON_JOBS: &[Col] = &[
    Col::NAME,
    Col::text("Schedule", |object, _| text(object, "/spec/schedule").into()),
    Col::text("Timezone", |object, _| text_or(object, "/spec/timeZone", NONE)),
    Col::text("Suspend", |object, _| if flag(object, "/spec/suspend") { "True" } else { "False" }.into()),
    Col::int("Active", |object, _| list(object, "/status/active").len().into()),
    Col::text("Last Schedule", |object, now| match text(object, "/status/lastScheduleTime") {
        "" => NONE.into(),
        _ => age(object, "/status/lastScheduleTime", now).into(),
    }),
    Col::AGE,
    Col::wide("Containers", |object, _| super::cell::each(object, "/spec/jobTemplate/spec/template/spec/containers", "name")),
    Col::wide("Images", |object, _| super::cell::each(object, "/spec/jobTemplate/spec/template/spec/containers", "image")),
    Col::wide("Selector", |object, _| selector(object, "/spec/jobTemplate/spec/selector")),
];

const AUTOSCALERS: &[Col] = &[
    Col::NAME,
    Col::text("Reference", |object, _| {
        format!("{}/{}", text(object, "/spec/scaleTargetRef/kind"), text(object, "/spec/scaleTargetRef/name")).into()
    }),
    Col::text("Targets", |object, _| targets(object)),
    Col::text("MinPods", |object, _| match shown(object, "/spec/minReplicas") {
        unset if unset.is_empty() => "<unset>".into(),
        count => count.into(),
    }),
    Col::text("MaxPods", |object, _| int(object, "/spec/maxReplicas").into()),
    Col::text("Replicas", |object, _| int(object, "/status/currentReplicas").into()),
    Col::AGE,
];

const BUDGETS: &[Col] = &[
    Col::NAME,
    Col::text("Min Available", |object, _| or(&shown(object, "/spec/minAvailable"), "N/A").into()),
    Col::text("Max Unavailable", |object, _| or(&shown(object, "/spec/maxUnavailable"), "N/A").into()),
    Col::int("Allowed Disruptions", |object, _| int(object, "/status/disruptionsAllowed").into()),
    Col::AGE,
];

fn ready_of_desired(object: &Value, _now: Time) -> Value {
    format!("{}/{}", int(object, "/status/readyReplicas"), int(object, "/spec/replicas")).into()
}

/// `deployment.apps/web`, as an owner is shown.
fn controller(owner: &Value) -> Value {
    let group = text(owner, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
    let kind = text(owner, "/kind").to_lowercase();
    let name = text(owner, "/name");
    if group.is_empty() { format!("{kind}/{name}") } else { format!("{kind}.{group}/{name}") }.into()
}

fn job_status(job: &Value, _now: Time) -> Value {
    let is = |name: &str| condition(job, name) == "True";
    match () {
        () if is("Complete") => "Complete",
        () if is("Failed") => "Failed",
        () if job.pointer("/metadata/deletionTimestamp").is_some() => "Terminating",
        () if is("Suspended") => "Suspended",
        () if is("FailureTarget") => "FailureTarget",
        () if is("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
    .into()
}

fn completions(job: &Value, _now: Time) -> Value {
    let done = int(job, "/status/succeeded");
    match (job.pointer("/spec/completions").and_then(Value::as_i64), int(job, "/spec/parallelism")) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, parallel @ 2..) => format!("{done}/1 of {parallel}"),
        (None, _) => format!("{done}/1"),
    }
    .into()
}

fn duration(job: &Value, now: Time) -> Value {
    let time = |pointer: &str| Time::parse(text(job, pointer));
    match (time("/status/startTime"), time("/status/completionTime")) {
        (Some(start), Some(end)) => between(start, end).into(),
        (Some(start), None) => between(start, now).into(),
        (None, _) => "".into(),
    }
}

/// Current and wanted value of the first two metrics: `cpu: 10%/80%`.
fn targets(scaler: &Value) -> Value {
    let current = list(scaler, "/status/currentMetrics");
    let metrics = list(scaler, "/spec/metrics").iter().enumerate();
    let parts: Vec<String> = metrics.map(|(at, metric)| target(metric, current.get(at).unwrap_or(&Value::Null))).collect();
    match parts.as_slice() {
        [] => NONE.into(),
        [first, second, rest @ ..] if !rest.is_empty() => format!("{first}, {second} + {} more...", rest.len()).into(),
        all => all.join(", ").into(),
    }
}

fn target(metric: &Value, current: &Value) -> String {
    let (kind, named) = match text(metric, "/type") {
        "ContainerResource" => ("containerResource", true),
        "Resource" => ("resource", true),
        "Pods" => ("pods", false),
        "Object" => ("object", false),
        "External" => ("external", false),
        _ => return "<unknown type>".into(),
    };
    let of = |value: &Value, end: &str| shown(value, &format!("/{kind}/{end}"));
    let percent = |figure: String| if figure.is_empty() { figure } else { format!("{figure}%") };
    let (average, value) = (of(metric, "target/averageValue"), of(metric, "target/value"));
    let (now, wanted, suffix) = match (average.is_empty(), named) {
        (false, _) => (of(current, "current/averageValue"), average, if named || kind == "pods" { "" } else { " (avg)" }),
        (true, false) => (of(current, "current/value"), value, ""),
        (true, true) => {
            let of = |value: &Value, end: &str| percent(of(value, end));
            let wanted = of(metric, "target/averageUtilization");
            (of(current, "current/averageUtilization"), or(&wanted, "<auto>").to_owned(), "")
        }
    };
    let prefix = if named { format!("{}: ", of(metric, "name")) } else { String::new() };
    format!("{prefix}{}/{wanted}{suffix}", or(&now, UNKNOWN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn two_metrics_are_shown_and_how_many_more_there_are() {
        let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}});
        let pods = json!({"type": "Pods", "pods": {"target": {"averageValue": "5"}}});
        let external = json!({"type": "External", "external": {"target": {"averageValue": "30"}}});
        let now = json!([{"resource": {"current": {"averageUtilization": 10, "averageValue": "100m"}}}, {"pods": {"current": {"averageValue": "4"}}}]);
        let shown = |metrics: Value| targets(&json!({"spec": {"metrics": metrics}, "status": {"currentMetrics": now}}));
        assert_eq!(shown(json!([])), "<none>");
        assert_eq!(shown(json!([cpu])), "cpu: 10%/80%");
        assert_eq!(shown(json!([cpu, pods])), "cpu: 10%/80%, 4/5");
        assert_eq!(shown(json!([external, pods])), "<unknown>/30 (avg), 4/5");
        assert_eq!(shown(json!([cpu, pods, external])), "cpu: 10%/80%, 4/5 + 1 more...");
    }
}
