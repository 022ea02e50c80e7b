//! `core/v1 Pod`.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::{Affinity, Condition, Container, Meta, ResourceList, Toleration, View};
use crate::Text;
use crate::time::Time;

/// What is read of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pod {
    /// Annotations.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: PodSpec,
    /// What its node told.
    pub status: PodStatus,
}

/// What a Pod wants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Its node; empty until it is bound.
    pub node_name: Text,
    /// Labels its node must have.
    pub node_selector: BTreeMap<Text, Text>,
    /// What else it asks of its place.
    pub affinity: Option<Affinity>,
    /// Taints it bears.
    pub tolerations: Vec<Toleration>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Containers that run before them.
    pub init_containers: Vec<Container>,
    /// What the sandbox itself needs.
    pub overhead: ResourceList,
    /// Its importance; 0 where absent.
    pub priority: Option<i32>,
    /// The name of its importance.
    pub priority_class_name: Text,
    /// Whether it uses the node's network.
    pub host_network: bool,
    /// Its host name, where not its name.
    pub hostname: Text,
    /// The headless Service that names it.
    pub subdomain: Text,
    /// `Always`, `OnFailure` or `Never`.
    pub restart_policy: Text,
    /// Who places it.
    pub scheduler_name: Text,
    /// The account it runs as.
    pub service_account_name: Text,
    /// Seconds it has to end.
    pub termination_grace_period_seconds: Option<i64>,
    /// What must go before it may be placed.
    pub scheduling_gates: Vec<SchedulingGate>,
    /// Those of its volumes that are claims.
    #[serde(rename = "volumes", deserialize_with = "of_claims")]
    pub claims: Vec<ClaimVolume>,
}

/// A volume that is a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimVolume {
    /// The claim of this name.
    Named(Text),
    /// A claim made for the pod alone; this is the volume's name.
    Ephemeral(Text),
}

/// One volume, as far as it tells of a claim.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Volume {
    #[serde(default)]
    name: Text,
    persistent_volume_claim: Option<ClaimName>,
    ephemeral: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClaimName {
    #[serde(default)]
    claim_name: Text,
}

fn of_claims<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClaimVolume>, D::Error> {
    let volumes = Option::<Vec<Volume>>::deserialize(deserializer)?.unwrap_or_default();
    let claims = volumes.into_iter().filter_map(|volume| match (volume.persistent_volume_claim, volume.ephemeral) {
        (Some(claim), _) => Some(ClaimVolume::Named(claim.claim_name)),
        (None, Some(_)) => Some(ClaimVolume::Ephemeral(volume.name)),
        (None, None) => None,
    });
    Ok(claims.collect())
}

/// One reason to wait with placing a pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SchedulingGate {
    /// Its name.
    pub name: Text,
}

/// What a Pod's node told.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: Text,
    /// Why, in one word.
    pub reason: Text,
    /// Conditions.
    pub conditions: Vec<Condition>,
    /// Its first address.
    #[serde(rename = "podIP")]
    pub pod_ip: Text,
    /// All of its addresses.
    #[serde(rename = "podIPs")]
    pub pod_ips: Vec<PodIp>,
    /// Its node's address.
    #[serde(rename = "hostIP")]
    pub host_ip: Text,
    /// When its node took it up.
    pub start_time: Option<Time>,
    /// The node that room is being made on.
    pub nominated_node_name: Text,
    /// Its containers.
    pub container_statuses: Vec<ContainerStatus>,
}

/// One address of a Pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodIp {
    /// The address.
    pub ip: Text,
}

/// Where one container stands.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Its name.
    pub name: Text,
    /// Whether it is ready.
    pub ready: bool,
    /// How often it was started again.
    pub restart_count: i32,
}

impl Pod {
    /// Whether it will never run again.
    pub fn is_finished(&self) -> bool {
        matches!(&*self.status.phase, "Succeeded" | "Failed")
    }

    /// Whether it says it is ready.
    pub fn is_ready(&self) -> bool {
        super::is_true(&self.status.conditions, "Ready")
    }

    /// Since when it is ready; `None` where it is not.
    pub fn ready_since(&self) -> Option<Time> {
        let ready = super::condition(&self.status.conditions, "Ready").filter(|ready| &*ready.status == "True")?;
        Some(ready.last_transition_time.unwrap_or_default())
    }
}

impl View for Pod {
    const RESOURCE: &'static str = "pods";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Pod";
}
