//! One pass over one Deployment.

use kontiki_api::meta::NsName;
use kontiki_api::request::PatchType;
use kontiki_api::selector::LabelSelector;
use kontiki_api::view::{Deployment, DeploymentStatus, Pod, ReplicaSet};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::json;

use super::annotations::REVISION;
use super::draft::Draft;
use super::limits::{Limits, is_rolling};
use super::new_set::{self, NewSet};
use super::sets::Sets;
use super::{history, progress, recreate, rolling, scale, status};
use crate::common::adopt::claim;

/// Rolls Deployments from one template to the next.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deployments;

impl Reconciler for Deployments {
    const NAME: &'static str = "deployment";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<Deployment>(|name| name);
        on.owned::<ReplicaSet>("Deployment", |name| name);
        on.mapped::<ReplicaSet>(would_adopt);
        on.mapped::<Pod>(lost_a_pod);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for key in pass.keys {
            if let Some(deployment) = world.get::<Deployment>(key) {
                plan = reconcile_one(world, pass, deployment)?;
            }
        }
        Ok(plan)
    }
}

/// The Deployments that would adopt a ReplicaSet without a controller.
fn would_adopt(world: &World, before: Option<&Seen<ReplicaSet>>, after: Option<&Seen<ReplicaSet>>) -> Vec<NsName> {
    let orphans = [before, after].into_iter().flatten().filter(|set| set.head().controller().is_none());
    let adopters = orphans.flat_map(|set| {
        let deployments = world.in_namespace::<Deployment>(set.namespace());
        deployments.filter(|deployment| selector(deployment).matches_head(set.head())).map(Seen::ns_name)
    });
    adopters.collect()
}

/// The Deployment of a pod that is gone: `Recreate` waits for that.
fn lost_a_pod(world: &World, before: Option<&Seen<Pod>>, after: Option<&Seen<Pod>>) -> Vec<NsName> {
    let gone = before.filter(|_| after.is_none());
    let set = gone.and_then(|pod| pod.head().controller()).and_then(|owner| world.by_uid(&owner.uid));
    let deployment = set.and_then(|set| Some(NsName::new(set.key.namespace.clone(), set.head.controller()?.name.clone())));
    deployment.into_iter().filter(|name| world.get::<Deployment>(name).is_some_and(|found| !is_rolling(found))).collect()
}

fn selector(deployment: &Deployment) -> LabelSelector {
    LabelSelector::from_value(&deployment.spec.selector).unwrap_or_else(|_| LabelSelector::nothing())
}

fn reconcile_one(world: &World, pass: &Pass<'_, NsName, Never>, deployment: &Seen<Deployment>) -> Result<Plan, Stuck> {
    let selector = selector(deployment);
    if selector.is_everything() {
        return Err(Stuck::Terminal("the selector matches every pod: a non-empty selector is required".into()));
    }
    let orphans = world.in_namespace::<ReplicaSet>(deployment.namespace()).filter(|set| set.head().controller().is_none());
    let claimed = claim(deployment, &selector, world.owned_by::<ReplicaSet>(&deployment.uid()), orphans);
    if !claimed.intents.is_empty() {
        return Ok(Plan::of(claimed.intents));
    }
    let sets = Sets::of(deployment, claimed.owned);
    let limits = Limits::of(deployment);
    let told = status::count(deployment, &sets, &limits, pass.now);
    if deployment.head().deleted.is_some() {
        return Ok(Plan::of(status::tell(deployment, &told).into_iter().collect()));
    }
    Ok(Rollout { world, deployment, sets, limits, told, pass }.plan())
}

/// One pass over a Deployment whose ReplicaSets are claimed.
struct Rollout<'w, 'p> {
    world: &'w World,
    deployment: &'w Seen<Deployment>,
    sets: Sets<'w>,
    limits: Limits,
    told: DeploymentStatus,
    pass: &'p Pass<'p, NsName, Never>,
}

impl<'w> Rollout<'w, '_> {
    fn plan(mut self) -> Plan {
        let mut draft = Draft::new(self.deployment, self.limits);
        let mut others = Vec::new();
        progress::note_pause(self.deployment, &mut self.told, self.pass.now);
        let held = self.deployment.spec.paused || scale::is_scaling(&self.sets, &self.limits);
        if held {
            scale::scale(self.deployment, &self.sets, &self.limits, &mut draft);
            if self.deployment.spec.paused {
                others.extend(history::clean_up(self.deployment, &self.sets));
            }
        } else {
            others.extend(self.roll(&mut draft));
        }
        let look_again =
            if held { None } else { progress::note_progress(self.deployment, &self.sets, &mut self.told, self.pass.now) };
        let mut plan = Plan::of(self.tell(held));
        plan.intents.extend(others);
        plan.intents.extend(draft.into_intents());
        match look_again {
            Some(wait) => plan.after(wait),
            None => plan,
        }
    }

    /// One step towards the present template.
    fn roll(&mut self, draft: &mut Draft<'w>) -> Vec<Intent> {
        let rolling = is_rolling(self.deployment);
        new_set::keep_in_step(self.deployment, &self.sets, draft);
        if !rolling && recreate::clear_old(self.world, &self.sets, draft) {
            return Vec::new();
        }
        let Some(newest) = self.sets.newest else { return self.make_newest(draft).into_iter().collect() };
        progress::note_newest(self.deployment, None, &self.sets, &mut self.told, self.pass.now);
        if rolling {
            rolling::step(newest, &self.sets, &self.limits, draft);
        } else {
            draft.resize(newest, self.limits.replicas);
        }
        if progress::is_complete(self.deployment, &self.told) {
            return history::clean_up(self.deployment, &self.sets);
        }
        Vec::new()
    }

    fn make_newest(&mut self, draft: &mut Draft<'w>) -> Option<Intent> {
        match new_set::make(self.world, self.deployment, &self.sets, &self.limits) {
            Some(NewSet { name, size, create }) => {
                progress::note_newest(self.deployment, Some(&name), &self.sets, &mut self.told, self.pass.now);
                if size > 0 {
                    draft.tell_scaling(&name, 0, size);
                }
                Some(create)
            }
            None => {
                self.told.collision_count = Some(self.told.collision_count.unwrap_or_default() + 1);
                None
            }
        }
    }

    /// Tells the revision, or else the status: one write per pass, as each carries the revision it read.
    fn tell(&self, held: bool) -> Vec<Intent> {
        let revision = if held { None } else { new_set::revision_to_tell(self.deployment, &self.sets) };
        let intent = match revision.filter(|_| self.sets.newest.is_some()) {
            Some(revision) => {
                // Of an object that is written through its status no generation is counted: nobody wants anything else.
                let body = json!({ "metadata": { "annotations": { REVISION: revision } } });
                let on = self.deployment.precondition();
                Some(Intent::Patch { on, subresource: "status".into(), r#type: PatchType::Merge, body })
            }
            None => status::tell(self.deployment, &self.told),
        };
        intent.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deployments_roll_from_one_template_to_the_next() {
        kontiki_runtime::testing::pair::<Deployments>(concat!(env!("CARGO_MANIFEST_DIR"), "/deployment/testdata"));
    }
}
