//! The reconciler of the node's own objects.

use std::time::Duration;

use kontiki_api::meta::{Key, NsName};
use kontiki_api::request::PatchType;
use kontiki_api::time::Time;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{EventIntent, Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::{Map, Value, json};

use super::{NodeDescription, status};
use crate::observed::{ImageState, RuntimeState};
use crate::view::{Lease, Node};

/// How often the lease is renewed (upstream: a quarter of 40 s).
const RENEW: Duration = Duration::from_secs(10);
/// How often the status is written although nothing changed (upstream's `nodeStatusReportFrequency`).
const REPORT: Duration = Duration::from_secs(300);
/// Where the leases of nodes are.
const LEASES: &str = "kube-node-lease";

/// Keeps the Node and its Lease.
#[derive(Clone, Debug)]
pub struct NodeReconciler {
    /// The machine.
    pub node: NodeDescription,
}

impl Reconciler for NodeReconciler {
    const NAME: &'static str = "node-status";
    type Key = ();
    type Effect = Never;

    fn triggers(on: &mut Triggers<()>) {
        on.own::<Node>(|_| ());
        on.own::<Lease>(|_| ());
        on.observed::<RuntimeState>(|_, ()| vec![()]);
        on.observed::<ImageState>(|_, _| vec![()]);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, (), Never>) -> Result<Plan, Stuck> {
        let seen = world.get::<Node>(&NsName::new("", self.node.name.as_str()));
        Ok(keep(&self.node, world, seen, world.observed::<RuntimeState>(&()), pass.now))
    }
}

/// Keeps Node and Lease of the machine `node`, of which `seen` is the object.
pub fn keep(node: &NodeDescription, world: &World, seen: Option<&Seen<Node>>, runtime: Option<&RuntimeState>, now: Time) -> Plan {
    let keeper = Keeper { node, world, runtime, now };
    let Some(seen) = seen else {
        let status = keeper.status(&Value::Null);
        let mut intents = vec![keeper.event("Starting", "Starting kubelet.".into())];
        intents.extend(keeper.turned(None, &status));
        intents.insert(0, Intent::Create { object: keeper.object(status) });
        return Plan::of(intents);
    };
    let mut plan = Plan::done();
    keeper.keep_meta(seen, &mut plan);
    keeper.keep_status(seen, &mut plan);
    keeper.keep_lease(seen, plan)
}

struct Keeper<'a> {
    node: &'a NodeDescription,
    world: &'a World,
    runtime: Option<&'a RuntimeState>,
    now: Time,
}

impl Keeper<'_> {
    fn labels(&self) -> Map<String, Value> {
        let known = [
            ("kubernetes.io/hostname", self.node.name.as_str()),
            ("kubernetes.io/os", "linux"),
            ("kubernetes.io/arch", NodeDescription::architecture()),
            ("beta.kubernetes.io/os", "linux"),
            ("beta.kubernetes.io/arch", NodeDescription::architecture()),
        ];
        let own = self.node.labels.iter().map(|(name, value)| (name.clone(), json!(value)));
        known.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).chain(own).collect()
    }

    fn status(&self, told: &Value) -> Map<String, Value> {
        status::status(self.node, told, self.runtime, self.world.observations::<ImageState>(), self.now)
    }

    fn object(&self, status: Map<String, Value>) -> Value {
        let mut spec = Map::new();
        if !self.node.pod_cidr.is_empty() {
            spec.insert("podCIDR".into(), json!(self.node.pod_cidr));
            spec.insert("podCIDRs".into(), json!([self.node.pod_cidr]));
        }
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.node.name, "labels": self.labels()},
            "spec": spec,
            "status": status,
        })
    }

    /// Labels of ours that someone took away, and the pod range where there is none.
    fn keep_meta(&self, seen: &Seen<Node>, plan: &mut Plan) {
        let there = seen.metadata.get("labels");
        let missing = |name: &String, value: &Value| there.and_then(|labels| labels.get(name)) != Some(value);
        let labels: Map<String, Value> = self.labels().into_iter().filter(|(name, value)| missing(name, value)).collect();
        let ranged = seen.spec.get("podCIDR").and_then(Value::as_str).is_some_and(|range| !range.is_empty());
        let mut body = Map::new();
        if !labels.is_empty() {
            body.insert("metadata".into(), json!({"labels": labels}));
        }
        if !ranged && !self.node.pod_cidr.is_empty() {
            body.insert("spec".into(), json!({"podCIDR": self.node.pod_cidr, "podCIDRs": [self.node.pod_cidr]}));
        }
        if !body.is_empty() {
            plan.push(patch(seen.precondition(), "", Value::Object(body)));
        }
    }

    fn keep_status(&self, seen: &Seen<Node>, plan: &mut Plan) {
        let status = self.status(&seen.status);
        let heartbeat =
            seen.status.pointer("/conditions").and_then(Value::as_array).into_iter().flatten().find_map(|condition| {
                let ready = condition.get("type").and_then(Value::as_str) == Some("Ready");
                condition.get("lastHeartbeatTime").and_then(Value::as_str).and_then(Time::parse).filter(|_| ready)
            });
        let stale = heartbeat.is_none_or(|at| self.now.since(at) >= REPORT);
        if stale || !status::is_same(&seen.status, &status) {
            let mut on = seen.precondition();
            // Right for any revision: the fields are ours, and a label that changed meanwhile does not matter.
            on.revision = on.revision.filter(|_| plan.intents.is_empty());
            let turned = self.turned(seen.status.as_object(), &status);
            plan.push(patch(on, "status", json!({"status": status})));
            turned.into_iter().for_each(|event| plan.push(event));
        }
    }

    /// Told where the node was not ready `before` and is, or the other way round.
    fn turned(&self, before: Option<&Map<String, Value>>, after: &Map<String, Value>) -> Option<Intent> {
        let is = status::ready(after)?;
        let reason = if is == "True" { "NodeReady" } else { "NodeNotReady" };
        let told = before.and_then(status::ready) == Some(is);
        (!told).then(|| self.event(reason, format!("Node {} status is now: {reason}", self.node.name)))
    }

    /// Something to tell of the node. As with upstream's kubelet its name stands for its uid.
    fn event(&self, reason: &str, message: String) -> Intent {
        Intent::Event(EventIntent {
            about: Key::new("nodes", "", self.node.name.as_str()),
            api_version: "v1".into(),
            kind: "Node".into(),
            uid: self.node.name.as_str().into(),
            field_path: "".into(),
            warning: false,
            reason: reason.into(),
            message,
        })
    }

    fn keep_lease(&self, node: &Seen<Node>, mut plan: Plan) -> Plan {
        let now = self.now;
        let name = NsName::new(LEASES, self.node.name.as_str());
        let Some(seen) = self.world.get::<Lease>(&name) else {
            plan.push(Intent::Create {
                object: json!({
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": {
                        "name": self.node.name, "namespace": LEASES,
                        "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": self.node.name, "uid": node.uid()}],
                    },
                    "spec": {"holderIdentity": self.node.name, "leaseDurationSeconds": 40, "renewTime": now.micros()},
                }),
            });
            return plan.after(RENEW);
        };
        let renewed = seen.spec.get("renewTime").and_then(Value::as_str).and_then(Time::parse).unwrap_or_default();
        let age = now.since(renewed);
        if age < RENEW {
            return plan.after(RENEW.saturating_sub(age));
        }
        let body = json!({"spec": {"holderIdentity": self.node.name, "leaseDurationSeconds": 40, "renewTime": now.micros()}});
        plan.push(patch(seen.precondition(), "", body));
        plan.after(RENEW)
    }
}

fn patch(on: kontiki_runtime::plan::Precondition, subresource: &str, body: Value) -> Intent {
    Intent::Patch { on, subresource: subresource.into(), r#type: PatchType::Merge, body }
}
