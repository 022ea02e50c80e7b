//! What one pass knows of its pod.

use std::collections::BTreeMap;

use kontiki_api::Text;
use kontiki_api::time::Time;
use kontiki_runtime::effect::EffectState;
use kontiki_runtime::world::{Seen, World};
use serde_json::Value;

use crate::effect::{Act, EffectKey, PodEffect};
use crate::node_facts::NodeFacts;
use crate::observed::{Attempted, ContainerKey, ContainerState, SandboxKey, SandboxState};
use crate::pod_key::PodKey;
use crate::view::{Container, Pod, PodSpec};

/// Where the effects of a pass stand.
pub type Effects = BTreeMap<EffectKey, (PodEffect, EffectState)>;

/// What one pass knows of its pod.
pub struct Facts<'a> {
    pub world: &'a World,
    pub node: &'a NodeFacts,
    pub key: &'a PodKey,
    pub now: Time,
    pub seen: &'a Seen<Pod>,
    /// By attempt, oldest first.
    pub sandboxes: Vec<(u32, &'a SandboxState)>,
    /// By name and attempt, oldest first.
    pub containers: Vec<(&'a ContainerKey, &'a ContainerState)>,
    pub effects: &'a Effects,
}

/// The sandboxes of a pod, oldest first.
pub fn sandboxes<'a>(world: &'a World, pod: &PodKey) -> Vec<(u32, &'a SandboxState)> {
    let all = world.observations::<SandboxState>();
    all.filter(|(key, _): &(&SandboxKey, _)| key.pod == *pod).map(|(key, state)| (key.attempt, state)).collect()
}

/// The containers of a pod, by name, oldest first.
pub fn containers<'a>(world: &'a World, pod: &PodKey) -> Vec<(&'a ContainerKey, &'a ContainerState)> {
    world.observations::<ContainerState>().filter(|(key, _)| key.pod == *pod).collect()
}

impl<'a> Facts<'a> {
    pub fn pod(&self) -> &'a Pod {
        &self.seen.view
    }

    pub fn spec(&self) -> &'a PodSpec {
        &self.pod().spec
    }

    /// The status that the API shows.
    pub fn told(&self) -> &'a Value {
        &self.pod().status
    }

    /// Text of the told status at `name`; empty where there is none.
    pub fn told_text(&self, name: &str) -> &'a str {
        self.told().get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn effect_key(&self, act: Act) -> EffectKey {
        EffectKey { pod: self.key.clone(), act }
    }

    pub fn attempted(&self, key: &EffectKey) -> Option<&'a Attempted> {
        self.world.observed(key)
    }

    /// All runs of a container, oldest first.
    pub fn runs(&self, name: &str) -> impl DoubleEndedIterator<Item = (u32, &'a ContainerState)> {
        let runs = self.containers.iter().filter(move |(key, _)| &*key.name == name);
        runs.map(|(key, state)| (key.attempt, *state))
    }

    /// The newest run of a container.
    pub fn latest(&self, name: &str) -> Option<(u32, &'a ContainerState)> {
        self.runs(name).next_back()
    }

    /// The newest sandbox, where it is complete.
    pub fn ready_sandbox(&self) -> Option<&'a SandboxState> {
        self.sandboxes.last().map(|(_, state)| *state).filter(|state| state.ready)
    }

    /// The newest run of a container in the sandbox of now.
    pub fn current(&self, name: &str) -> Option<(u32, &'a ContainerState)> {
        let sandbox = self.sandboxes.last().map(|(_, state)| &state.id)?;
        self.latest(name).filter(|(_, state)| state.sandbox == *sandbox)
    }

    /// The pod's address: the node's where it shares its network; empty before it has one.
    pub fn ip(&self) -> Text {
        if self.spec().host_network {
            return self.node.ip.clone();
        }
        let seen = self.sandboxes.iter().rev().map(|(_, state)| &state.ip).find(|ip| !ip.is_empty());
        seen.cloned().unwrap_or_else(|| self.told_text("podIP").into())
    }

    /// The told status of a container.
    pub fn told_container(&self, name: &str) -> Option<&'a Value> {
        let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"].into_iter();
        let all = lists.filter_map(|list| self.told().get(list)?.as_array()).flatten();
        all.into_iter().find(|status| status.get("name").and_then(Value::as_str) == Some(name))
    }

    /// The attempt that the next run of a container has: never one that was told of before.
    pub fn next_attempt(&self, name: &str) -> u32 {
        let seen = self.latest(name).map(|(attempt, _)| attempt + 1).unwrap_or_default();
        let told = self.told_container(name).filter(|status| status.get("containerID").is_some());
        let count = told.and_then(|status| status.get("restartCount")).and_then(Value::as_u64);
        seen.max(count.and_then(|count| u32::try_from(count + 1).ok()).unwrap_or_default())
    }

    /// Main and init containers.
    pub fn all_containers(&self) -> impl Iterator<Item = &'a Container> {
        self.spec().init_containers.iter().chain(&self.spec().containers)
    }

    /// Main, init and ephemeral containers.
    pub fn every_container(&self) -> impl Iterator<Item = &'a Container> {
        self.all_containers().chain(&self.spec().ephemeral_containers)
    }

    /// Whether a container that ended with `exit_code` shall run again.
    pub fn restarts(&self, container: &Container, exit_code: i64) -> bool {
        match self.spec().restart_policy.as_str() {
            _ if container.is_sidecar() => true,
            "Never" => false,
            "OnFailure" => exit_code != 0,
            _ => true,
        }
    }

    /// The grace the pod gives its containers, seconds.
    pub fn grace_seconds(&self) -> u32 {
        let meta = &self.pod().metadata;
        let asked = meta.deletion_grace_period_seconds.filter(|_| meta.deletion_timestamp.is_some());
        let seconds = asked.or(self.spec().termination_grace_period_seconds).unwrap_or(30);
        u32::try_from(seconds).unwrap_or_default().max(1)
    }
}
