//! The kubelet's effects.

use kontiki_api::Text;
use kontiki_runtime::effect::Effect;
use serde::{Deserialize, Serialize};

use super::{ContainerSpec, ProbeSpec, SandboxSpec, VolumeSpec};
use crate::observed::ProbeKind;
use crate::pod_key::PodKey;
use crate::view::Handler;

/// What tells effects apart: the pod, and the act.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectKey {
    /// The pod it is for.
    pub pod: PodKey,
    /// The act.
    pub act: Act,
}

/// An act for one pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Act {
    /// The sandbox of this attempt is there, with its network.
    Sandbox(u32),
    /// The image of this container is there, for the run of this attempt.
    Image(Text, u32),
    /// The volume of this name is there with its present content.
    Volume(Text),
    /// The container of this name and attempt was made and started.
    Container(Text, u32),
    /// The container with this id is stopped.
    Stop(Text),
    /// The container with this id is removed.
    Remove(Text),
    /// Nothing of the pod is left.
    Clear,
    /// A probe of the container with this id goes on.
    Probe(Text, ProbeKind),
    /// Users were told of this topic: nothing is done, but remembered.
    Told(Text),
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodEffect {
    /// Its key.
    pub key: EffectKey,
    /// How many attempts failed before: another number is another attempt.
    pub retry: u32,
    /// What to do.
    pub doing: Doing,
}

/// What an effect does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Doing {
    /// Make and start the sandbox.
    Sandbox(Box<SandboxSpec>),
    /// Fetch an image.
    Image {
        /// Its name.
        image: Text,
        /// Names of Secrets that may open its registry, with their `.dockerconfigjson`.
        secrets: Vec<super::Hidden>,
    },
    /// Write a volume.
    Volume(VolumeSpec),
    /// Make and start a container.
    Container(Box<ContainerSpec>),
    /// Stop a container.
    Stop {
        /// Time to end by itself after SIGTERM and hook, seconds.
        grace_seconds: u32,
        /// Hook before SIGTERM; runs within the grace.
        pre_stop: Option<Handler>,
        /// Where the hook's HTTP goes when it names no host.
        ip: Text,
        /// Named ports of the container.
        ports: Vec<(Text, u16)>,
    },
    /// Remove a container.
    Remove,
    /// Stop and remove whatever there is of the pod. These ids were seen when it was decided: one that the runtime
    /// makes later, by a request that was under way, asks for another round.
    Clear(Vec<Text>),
    /// Probe a container until this is no longer listed.
    Probe(Box<ProbeSpec>),
    /// Remember what users were told.
    Told(String),
}

impl Effect for PodEffect {
    type Key = EffectKey;

    fn key(&self) -> EffectKey {
        self.key.clone()
    }
}
