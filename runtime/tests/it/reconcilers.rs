//! Small reconcilers: one that makes pods, one that binds them, one with an effect.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::View;
use kontiki_runtime::effect::{Effect, EffectPort, EffectState, Never};
use kontiki_runtime::observe::Observed;
use kontiki_runtime::plan::{EventIntent, Intent, Plan, Propagation, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler, Serial};
use kontiki_runtime::world::{Triggers, World};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Deserialize)]
pub struct SetView {
    pub spec: SetSpec,
}

#[derive(Debug, Deserialize)]
pub struct SetSpec {
    pub replicas: usize,
}

impl View for SetView {
    const RESOURCE: &'static str = "replicasets.apps";
    const API_VERSION: &'static str = "apps/v1";
    const KIND: &'static str = "ReplicaSet";
}

#[derive(Debug, Deserialize)]
pub struct PodView {
    #[serde(default)]
    pub spec: PodSpec,
}

#[derive(Debug, Default, Deserialize)]
pub struct PodSpec {
    #[serde(default, rename = "nodeName")]
    pub node: Text,
}

impl View for PodView {
    const RESOURCE: &'static str = "pods";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Pod";
}

/// Keeps as many pods as a set says.
pub struct Replicas;

impl Reconciler for Replicas {
    const NAME: &'static str = "replicas";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<SetView>(|name| name);
        on.owned::<PodView>("ReplicaSet", |name| name);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let Some(set) = world.get::<SetView>(&pass.keys[0]) else { return Ok(Plan::done()) };
        let pods: Vec<_> = world.owned_by::<PodView>(&set.uid()).collect();
        let owners =
            json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set.name(), "uid": set.uid(), "controller": true}]);
        let create = |nth| {
            let name = format!("{}-{}", set.name(), pass.seed.suffix(&set.uid(), nth));
            let meta = json!({"name": name, "namespace": set.namespace(), "ownerReferences": owners});
            Intent::Create { object: json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {}}) }
        };
        let delete = |on| Intent::Delete { on, grace_seconds: None, propagation: Propagation::Background };
        let mut plan = Plan::of((pods.len()..set.spec.replicas).map(create).collect());
        plan.intents.extend(pods.iter().skip(set.spec.replicas).map(|pod| delete(pod.precondition())));
        if !plan.intents.is_empty() {
            plan.push(Intent::Event(EventIntent {
                about: set.key().clone(),
                api_version: "apps/v1".into(),
                kind: "ReplicaSet".into(),
                uid: set.uid().0,
                field_path: "".into(),
                warning: false,
                reason: "Scaled".into(),
                message: "made or deleted pods".into(),
            }));
        }
        Ok(plan)
    }
}

/// Binds each pod to one of two nodes, the one with fewer pods; panics where a node gets more than one pod ahead.
pub struct Binder;

impl Reconciler for Binder {
    const NAME: &'static str = "binder";
    type Key = NsName;
    type Effect = Never;
    const SERIAL: Serial = Serial::All;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<PodView>(|name| name);
    }

    fn key_of(&self, intent: &Intent) -> Option<NsName> {
        if let Intent::Post { on, .. } = intent { Some(on.key.ns_name()) } else { None }
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut load = [0_usize, 0];
        for pod in world.list::<PodView>() {
            match &*pod.spec.node {
                "n0" => load[0] += 1,
                "n1" => load[1] += 1,
                _ => {}
            }
        }
        assert!(load[0].abs_diff(load[1]) <= 1, "a pass does not see what it bound before: {load:?}");
        let mut plan = Plan::done();
        for pod in pass.keys.iter().filter_map(|key| world.get::<PodView>(key)).filter(|pod| pod.spec.node.is_empty()) {
            let node = usize::from(load[1] < load[0]);
            load[node] += 1;
            let body = json!({"apiVersion": "v1", "kind": "Binding", "target": {"name": format!("n{node}")}});
            plan.push(Intent::Post { on: pod.precondition(), subresource: "binding".into(), body });
        }
        Ok(plan)
    }
}

/// Wants one effect per set, `replicas` being its content.
pub struct Starter;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub set: Text,
    pub size: usize,
}

impl Effect for Run {
    type Key = Text;

    fn key(&self) -> Text {
        self.set.clone()
    }
}

impl Reconciler for Starter {
    const NAME: &'static str = "starter";
    type Key = NsName;
    type Effect = Run;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<SetView>(|name| name);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Run>) -> Result<Plan<Run>, Stuck> {
        let Some(set) = world.get::<SetView>(&pass.keys[0]) else { return Ok(Plan::done()) };
        let mut plan = Plan::done();
        plan.effects.push(Run { set: set.name().clone(), size: set.spec.replicas });
        let state = pass.effects.get(set.name()).map_or("none", |(_, state)| match state {
            EffectState::Pending => "pending",
            EffectState::Done => "done",
            EffectState::Failed { .. } => "failed",
        });
        if state != "none" && state != "pending" && set.head().label("ran") != Some(state) {
            let body = json!({"metadata": {"labels": {"ran": state}}});
            let r#type = kontiki_api::request::PatchType::Merge;
            plan.push(Intent::Patch { on: set.precondition(), subresource: "".into(), r#type, body });
        }
        Ok(plan)
    }
}

/// Fails sets of size 13; remembers what it was asked.
#[derive(Clone, Default)]
pub struct Port(pub Arc<Mutex<Vec<Run>>>);

#[async_trait]
impl EffectPort<Run> for Port {
    async fn perform(&self, effect: Run) -> Result<(), String> {
        self.0.lock().push(effect.clone());
        if effect.size == 13 { Err("unlucky".into()) } else { Ok(()) }
    }
}

/// Labels each set with the heat observed of it.
pub struct Thermometer;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heat {
    pub degrees: u32,
}

impl Observed for Heat {
    type Key = Text;
    const NAME: &'static str = "Heat";
}

impl Reconciler for Thermometer {
    const NAME: &'static str = "thermometer";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<SetView>(|name| name);
        on.observed::<Heat>(|_, set| vec![NsName::new("ns", set.clone())]);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let Some(set) = world.get::<SetView>(&pass.keys[0]) else { return Ok(Plan::done()) };
        let heat = world.observed::<Heat>(set.name()).map_or("cold".to_owned(), |heat| heat.degrees.to_string());
        if set.head().label("heat") == Some(&heat) {
            return Ok(Plan::done());
        }
        let body = json!({"metadata": {"labels": {"heat": heat}}});
        let r#type = kontiki_api::request::PatchType::Merge;
        Ok(Plan::of(vec![Intent::Patch { on: set.precondition(), subresource: "".into(), r#type, body }]))
    }
}
