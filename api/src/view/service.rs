//! `core/v1 Service`.

use serde::Deserialize;

use super::{Meta, View, selectors};
use crate::Text;
use crate::int_or_string::IntOrString;
use crate::selector::LabelSelector;

/// What is read of a Service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Service {
    /// Annotations.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: ServiceSpec,
}

/// What a Service wants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub r#type: Text,
    /// The pods behind it; `None` where others name its endpoints.
    #[serde(deserialize_with = "selectors::of_map_if_any")]
    pub selector: Option<LabelSelector>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// Its address, `None` for headless, empty for not yet.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Text,
    /// `IPv4`, `IPv6`, in order.
    pub ip_families: Vec<Text>,
    /// Whether pods are named before they are ready.
    pub publish_not_ready_addresses: bool,
}

/// One port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Its name; empty for the only one.
    pub name: Text,
    /// Its number.
    pub port: u16,
    /// The pods' port: number or name; absent is `port`.
    pub target_port: Option<IntOrString>,
    /// `TCP`, `UDP` or `SCTP`; empty is `TCP`.
    pub protocol: Text,
    /// The port of every node that leads here; 0 for none.
    pub node_port: u16,
    /// The protocol above it.
    pub app_protocol: Option<Text>,
}

impl Service {
    /// Whether it has no address of its own.
    pub fn is_headless(&self) -> bool {
        &*self.spec.cluster_ip == "None"
    }
}

impl View for Service {
    const RESOURCE: &'static str = "services";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Service";
}
