//! Pods as the kubelet reads them.

use std::collections::BTreeMap;

use kontiki_api::view::View;
use serde::Deserialize;
use serde_json::Value;

use super::{Container, SeccompProfile, Volume};

/// A pod: what runs it and what was last told of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 Pod")]
pub struct Pod {
    pub metadata: PodMeta,
    pub spec: PodSpec,
    pub status: Value,
}

impl View for Pod {
    const RESOURCE: &'static str = "pods";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Pod";
}

/// The parts of the metadata that containers may see.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of meta/v1 ObjectMeta")]
pub struct PodMeta {
    pub name: String,
    pub namespace: String,
    pub uid: String,
    pub generation: i64,
    pub deletion_timestamp: Option<String>,
    pub deletion_grace_period_seconds: Option<i64>,
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
}

/// What shall run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 PodSpec")]
pub struct PodSpec {
    pub node_name: String,
    pub init_containers: Vec<Container>,
    pub containers: Vec<Container>,
    pub ephemeral_containers: Vec<Container>,
    pub volumes: Vec<Volume>,
    pub restart_policy: String,
    pub termination_grace_period_seconds: Option<i64>,
    pub active_deadline_seconds: Option<i64>,
    pub dns_policy: String,
    pub dns_config: DnsConfig,
    pub service_account_name: String,
    pub host_network: bool,
    #[serde(rename = "hostPID")]
    pub host_pid: bool,
    #[serde(rename = "hostIPC")]
    pub host_ipc: bool,
    pub share_process_namespace: bool,
    pub security_context: PodSecurityContext,
    pub image_pull_secrets: Vec<Named>,
    pub hostname: String,
    pub subdomain: String,
    #[serde(rename = "setHostnameAsFQDN")]
    pub set_hostname_as_fqdn: bool,
    pub host_aliases: Vec<HostAlias>,
    pub readiness_gates: Vec<ReadinessGate>,
    pub enable_service_links: Option<bool>,
}

/// Privileges shared by the containers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 PodSecurityContext")]
pub struct PodSecurityContext {
    pub run_as_user: Option<i64>,
    pub run_as_group: Option<i64>,
    pub run_as_non_root: Option<bool>,
    pub supplemental_groups: Vec<i64>,
    pub fs_group: Option<i64>,
    pub sysctls: Vec<Sysctl>,
    pub seccomp_profile: Option<SeccompProfile>,
}

/// One kernel setting.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 Sysctl")]
pub struct Sysctl {
    pub name: String,
    pub value: String,
}

/// A reference by name alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 LocalObjectReference")]
pub struct Named {
    pub name: String,
}

/// An entry of `/etc/hosts`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 HostAlias")]
pub struct HostAlias {
    pub ip: String,
    pub hostnames: Vec<String>,
}

/// A condition that others set and readiness waits for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 PodReadinessGate")]
pub struct ReadinessGate {
    pub condition_type: String,
}

/// Additions to `resolv.conf`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 PodDNSConfig")]
pub struct DnsConfig {
    pub nameservers: Vec<String>,
    pub searches: Vec<String>,
    pub options: Vec<DnsOption>,
}

/// One option of `resolv.conf`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 PodDNSConfigOption")]
pub struct DnsOption {
    pub name: String,
    pub value: Option<String>,
}

impl PodSpec {
    /// Names of the `ConfigMap`s the pod reads.
    pub fn config_maps(&self) -> Vec<&str> {
        let volumes = self.volumes.iter().flat_map(|volume| {
            let projected = volume.projected.iter().flat_map(|projected| &projected.sources);
            volume.config_map.iter().chain(projected.filter_map(|source| source.config_map.as_ref())).map(|map| map.name.as_str())
        });
        let env = self.containers().flat_map(|container| {
            let from = container.env_from.iter().filter_map(|from| Some(from.config_map_ref.as_ref()?.name.as_str()));
            let keys = container.env.iter().filter_map(|var| var.value_from.as_ref()?.config_map_key_ref.as_ref());
            from.chain(keys.map(|key| key.name.as_str()))
        });
        volumes.chain(env).collect()
    }

    /// Names of the Secrets the pod reads.
    pub fn secrets(&self) -> Vec<&str> {
        let volumes = self.volumes.iter().flat_map(|volume| {
            let projected = volume.projected.iter().flat_map(|projected| &projected.sources);
            volume
                .secret
                .iter()
                .chain(projected.filter_map(|source| source.secret.as_ref()))
                .map(|secret| secret.secret_name.as_str())
        });
        let env = self.containers().flat_map(|container| {
            let from = container.env_from.iter().filter_map(|from| Some(from.secret_ref.as_ref()?.name.as_str()));
            let keys = container.env.iter().filter_map(|var| var.value_from.as_ref()?.secret_key_ref.as_ref());
            from.chain(keys.map(|key| key.name.as_str()))
        });
        let pull = self.image_pull_secrets.iter().map(|secret| secret.name.as_str());
        volumes.chain(env).chain(pull).collect()
    }

    fn containers(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.iter().chain(&self.containers).chain(&self.ephemeral_containers)
    }
}
