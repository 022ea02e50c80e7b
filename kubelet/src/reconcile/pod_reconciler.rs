//! The reconciler of the pods on this node.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_runtime::plan::{Intent, Next, Plan, Precondition, Propagation, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};

use super::draft::Draft;
use super::facts::{Facts, containers, sandboxes};
use super::{back_off, run, status, wind_down};
use crate::effect::{Act, Doing, EffectKey, PodEffect};
use crate::node_facts::NodeFacts;
use crate::observed::{Attempted, ContainerState, ImageState, PodFolder, ProbeResult, RuntimeState, SandboxState, VolumeState};
use crate::pod_key::PodKey;
use crate::view::{ConfigMap, Pod, Secret, Service};

/// Brings the pods of one node to what their specs say.
#[derive(Clone, Debug)]
pub struct PodReconciler {
    /// The node.
    pub node: NodeFacts,
}

impl Reconciler for PodReconciler {
    const NAME: &'static str = "kubelet";
    type Key = PodKey;
    type Effect = PodEffect;

    fn triggers(on: &mut Triggers<PodKey>) {
        on.mapped::<Pod>(|_, before, after| before.into_iter().chain(after).map(key_of).collect());
        on.mapped::<ConfigMap>(|world, before, after| users_of(world, "configmaps", before, after));
        on.mapped::<Secret>(|world, before, after| users_of(world, "secrets", before, after));
        on.reads::<Service>();
        on.index::<ByConfig>();
        on.observed::<ContainerState>(|_, key| vec![key.pod.clone()]);
        on.observed::<SandboxState>(|_, key| vec![key.pod.clone()]);
        on.observed::<ProbeResult>(|_, key| vec![key.pod.clone()]);
        on.observed::<VolumeState>(|_, key| vec![key.pod.clone()]);
        on.observed::<Attempted>(|_, key: &EffectKey| vec![key.pod.clone()]);
        on.observed::<PodFolder>(|_, key| vec![key.clone()]);
        on.observed::<ImageState>(|_, _| Vec::new());
        on.observed::<RuntimeState>(|world, ()| everyone(world));
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, PodKey, PodEffect>) -> Result<Plan<PodEffect>, Stuck> {
        let Some(key) = pass.keys.first() else { return Ok(Plan::done()) };
        if !matches!(world.observed::<RuntimeState>(&()), Some(RuntimeState::Up { .. })) {
            return Ok(Plan::done());
        }
        let seen =
            world.get::<Pod>(&key.ns_name()).filter(|seen| seen.head().uid == key.uid && seen.spec.node_name == *self.node.name);
        let Some(seen) = seen else { return Ok(clear(world, pass, key)) };
        let facts = Facts {
            world,
            node: &self.node,
            key,
            now: pass.now,
            seen,
            sandboxes: sandboxes(world, key),
            containers: containers(world, key),
            effects: pass.effects,
        };
        Ok(plan(&facts))
    }
}

/// A pod that is gone from the API leaves nothing on the node.
fn clear(world: &World, pass: &Pass<'_, PodKey, PodEffect>, key: &PodKey) -> Plan<PodEffect> {
    let mut ids: Vec<Text> = sandboxes(world, key).into_iter().map(|(_, sandbox)| sandbox.id.clone()).collect();
    ids.extend(containers(world, key).into_iter().map(|(_, container)| Text::from(container.runtime_id())));
    let mut plan = Plan::done();
    if ids.is_empty() && world.observed::<PodFolder>(key).is_none() {
        return plan;
    }
    let effect_key = EffectKey { pod: key.clone(), act: Act::Clear };
    // While nothing came that was not seen before, the round under way is the right one.
    if let Some((PodEffect { doing: Doing::Clear(known), .. }, _)) = pass.effects.get(&effect_key)
        && ids.iter().all(|id| known.contains(id))
    {
        ids.clone_from(known);
    }
    let mut retry = 0;
    if let Some(failed) = world.observed::<Attempted>(&effect_key) {
        let (due, wait) = back_off::retry(failed, pass.now, back_off::quick);
        retry = due;
        plan.next = wait.map_or(Next::Done, Next::After);
    }
    plan.effects.push(PodEffect { key: effect_key, retry, doing: Doing::Clear(ids) });
    plan
}

fn plan(facts: &Facts<'_>) -> Plan<PodEffect> {
    let mut draft = Draft::default();
    if wind_down::is_due(facts, &mut draft) {
        wind_down::decide(facts, &mut draft);
    } else {
        run::decide(facts, &mut draft);
    }
    let intents = status::intents(facts, &mut draft);
    let mut plan = Plan::of(intents);
    plan.intents.append(&mut draft.events);
    if draft.finalize {
        plan.push(delete(facts));
    }
    plan.effects = draft.effects;
    plan.next = draft.next.map_or(Next::Done, Next::After);
    plan
}

/// The last word: the object goes, whatever its revision, but only in this life.
fn delete(facts: &Facts<'_>) -> Intent {
    let on = Precondition { revision: None, ..facts.seen.precondition() };
    Intent::Delete { on, grace_seconds: Some(0), propagation: Propagation::Background }
}

fn key_of(seen: &Seen<Pod>) -> PodKey {
    PodKey::new(seen.namespace().clone(), seen.name().clone(), seen.head().uid.clone())
}

fn everyone(world: &World) -> Vec<PodKey> {
    let pods = world.list::<Pod>().map(key_of);
    let contained = world.observations::<ContainerState>().map(|(key, _)| key.pod.clone());
    let boxed = world.observations::<SandboxState>().map(|(key, _)| key.pod.clone());
    let folders = world.observations::<PodFolder>().map(|(key, _)| key.clone());
    let mut all: Vec<_> = pods.chain(contained).chain(boxed).chain(folders).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Pods by the `ConfigMap`s and `Secret`s they read.
struct ByConfig;

impl Index for ByConfig {
    type View = Pod;
    type Key = (&'static str, NsName);

    fn keys(seen: &Seen<Pod>) -> Vec<Self::Key> {
        let named = |names: Vec<&str>, resource: &'static str| {
            let of_pod = move |name: &str| (resource, NsName::new(seen.namespace().clone(), Text::from(name)));
            names.into_iter().map(of_pod).collect::<Vec<_>>()
        };
        let mut keys = named(seen.spec.config_maps(), "configmaps");
        keys.extend(named(seen.spec.secrets(), "secrets"));
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn users_of<V>(world: &World, resource: &'static str, before: Option<&Seen<V>>, after: Option<&Seen<V>>) -> Vec<PodKey>
where
    V: kontiki_api::view::View,
{
    let Some(changed) = after.or(before) else { return Vec::new() };
    let name = NsName::new(changed.namespace().clone(), changed.name().clone());
    world.indexed::<ByConfig>(&(resource, name)).map(key_of).collect()
}
