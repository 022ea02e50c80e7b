//! The flow schemas and priority levels that every cluster starts with.

use serde_json::{Value, json};

const API_VERSION: &str = "flowcontrol.apiserver.k8s.io/v1";
/// Name, shares, lendable percent; queues and hand size where requests wait.
const LEVELS: [(&str, u32, u32, Option<(u32, u32)>); 7] = [
    ("system", 30, 33, Some((64, 6))),
    ("node-high", 40, 25, Some((64, 6))),
    ("leader-election", 10, 0, Some((16, 4))),
    ("workload-high", 40, 50, Some((128, 6))),
    ("workload-low", 100, 90, Some((128, 6))),
    ("global-default", 20, 50, Some((128, 6))),
    ("catch-all", 5, 0, None),
];
const ALL: &[&str] = &["*"];
const WRITES: &[&str] = &["get", "create", "update"];
const LEASES: (&[&str], &[&str], &[&str]) = (WRITES, &["coordination.k8s.io"], &["leases"]);
const ELECTED: (&[&str], &[&str], &[&str]) = (WRITES, &[""], &["endpoints", "configmaps"]);

/// Every object, as upstream's of v1.36.
pub(crate) fn objects() -> Vec<Value> {
    let mut all = vec![exempt_level()];
    all.extend(LEVELS.map(level));
    all.extend(schemas());
    all
}

fn object(kind: &str, name: &str, spec: Value, status: Value) -> Value {
    json!({
        "apiVersion": API_VERSION, "kind": kind,
        "metadata": {"name": name, "generation": 1, "annotations": {"apf.kubernetes.io/autoupdate-spec": "true"}},
        "spec": spec, "status": status,
    })
}

fn exempt_level() -> Value {
    let spec = json!({"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}});
    object("PriorityLevelConfiguration", "exempt", spec, json!({}))
}

fn level((name, shares, lendable, queues): (&str, u32, u32, Option<(u32, u32)>)) -> Value {
    let response = match queues {
        Some((queues, hand)) => {
            json!({"type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": 50}})
        }
        None => json!({"type": "Reject"}),
    };
    let limited = json!({"nominalConcurrencyShares": shares, "lendablePercent": lendable, "limitResponse": response});
    object("PriorityLevelConfiguration", name, json!({"type": "Limited", "limited": limited}), json!({}))
}

fn schemas() -> Vec<Value> {
    let anybody = || vec![group("system:authenticated"), group("system:unauthenticated")];
    let nodes = || vec![group("system:nodes")];
    let system = |names: &[&str]| names.iter().map(|name| account(name)).collect::<Vec<_>>();
    let manager = || user("system:kube-controller-manager");
    let leaders = [vec![manager(), user("system:kube-scheduler")], system(ALL)].concat();
    let endpoints = [vec![manager()], system(&["endpoint-controller", "endpointslicemirroring-controller"])].concat();
    let probes = json!([{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}]);
    let node_high =
        vec![rule((ALL, &[""], &["nodes", "nodes/status"]), true), rule((ALL, &["coordination.k8s.io"], &["leases"]), false)];
    vec![
        schema("exempt", "exempt", 1, "", &[group("system:masters")], everything()),
        schema("probes", "exempt", 2, "", &anybody(), json!({"nonResourceRules": probes})),
        schema("system-leader-election", "leader-election", 100, "ByUser", &leaders, resources(vec![rule(LEASES, false)])),
        schema(
            "endpoint-controller",
            "workload-high",
            150,
            "ByUser",
            &endpoints,
            resources(vec![rule((WRITES, &[""], &["endpoints"]), false)]),
        ),
        schema(
            "workload-leader-election",
            "leader-election",
            200,
            "ByUser",
            &system(ALL),
            resources(vec![rule(ELECTED, false), rule(LEASES, false)]),
        ),
        schema("system-node-high", "node-high", 400, "ByUser", &nodes(), resources(node_high)),
        schema("system-nodes", "system", 500, "ByUser", &nodes(), everything()),
        schema("kube-controller-manager", "workload-high", 800, "ByNamespace", &[manager()], everything()),
        schema("kube-scheduler", "workload-high", 800, "ByNamespace", &[user("system:kube-scheduler")], everything()),
        schema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", &system(ALL), everything()),
        schema("service-accounts", "workload-low", 9000, "ByUser", &[group("system:serviceaccounts")], everything()),
        schema("global-default", "global-default", 9900, "ByUser", &anybody(), everything()),
        schema("catch-all", "catch-all", 10_000, "ByUser", &anybody(), everything()),
    ]
}

fn schema(name: &str, level: &str, precedence: u32, distinguisher: &str, subjects: &[Value], rules: Value) -> Value {
    let mut rules = rules;
    rules["subjects"] = json!(subjects);
    let mut spec = json!({
        "priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence, "rules": [rules],
    });
    if !distinguisher.is_empty() {
        spec["distinguisherMethod"] = json!({"type": distinguisher});
    }
    let message = format!("This FlowSchema references the PriorityLevelConfiguration object named {level:?} and it exists");
    let status = json!({"conditions": [{"type": "Dangling", "status": "False", "reason": "Found", "message": message}]});
    object("FlowSchema", name, spec, status)
}

fn group(name: &str) -> Value {
    json!({"kind": "Group", "group": {"name": name}})
}

fn user(name: &str) -> Value {
    json!({"kind": "User", "user": {"name": name}})
}

fn account(name: &str) -> Value {
    json!({"kind": "ServiceAccount", "serviceAccount": {"namespace": "kube-system", "name": name}})
}

fn rule((verbs, groups, resources): (&[&str], &[&str], &[&str]), cluster: bool) -> Value {
    let mut rule = json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "namespaces": ["*"]});
    if cluster {
        rule["clusterScope"] = true.into();
    }
    rule
}

fn resources(rules: Vec<Value>) -> Value {
    json!({"resourceRules": rules})
}

fn everything() -> Value {
    json!({"resourceRules": [rule((ALL, ALL, ALL), true)], "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]})
}
