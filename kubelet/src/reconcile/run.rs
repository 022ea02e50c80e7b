//! Pods that shall run.

use super::containers::{Step, ephemeral_step, finished, init_step, main_steps};
use super::draft::Draft;
use super::facts::Facts;
use super::{probes, sandbox, volumes, wind_down};
use crate::effect::{Act, Doing};
use crate::runtime::Phase;

/// Decides for a pod that shall run: volumes, sandbox, init containers, main containers.
pub fn decide(facts: &Facts<'_>, draft: &mut Draft) {
    if finished(facts) {
        return wind_down::decide(facts, draft);
    }
    let volumes = volumes::want(facts, draft);
    let sandbox = sandbox::want(facts, draft);
    let mut initialized = true;
    for container in &facts.spec().init_containers {
        if init_step(facts, draft, container, sandbox, volumes) == Step::Wait {
            initialized = false;
            break;
        }
    }
    if initialized {
        main_steps(facts, draft, sandbox, volumes);
    }
    for container in &facts.spec().ephemeral_containers {
        ephemeral_step(facts, draft, container, sandbox, volumes);
    }
    probes::want(facts, draft);
    prune(facts, draft);
}

/// Of each container the last run and the one before are kept, for status and logs.
fn prune(facts: &Facts<'_>, draft: &mut Draft) {
    for container in facts.every_container() {
        let old = facts.runs(&container.name).rev().skip(2);
        for (_, state) in old.filter(|(_, state)| state.phase != Phase::Running) {
            draft.want(facts, Act::Remove(state.runtime_id().into()), Doing::Remove, super::back_off::quick);
        }
    }
    let dead = facts.sandboxes.iter().rev().skip(1).filter(|(_, sandbox)| !sandbox.running);
    for (_, sandbox) in dead {
        draft.want(facts, Act::Remove(sandbox.id.clone()), Doing::Remove, super::back_off::quick);
    }
}
