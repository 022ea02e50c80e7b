//! Containers of a pod, as far as placing them and reaching them goes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Text;
use crate::quantity::Quantity;

/// Amounts by resource name.
pub type ResourceList = BTreeMap<Text, Quantity>;

/// One container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Its name.
    pub name: Text,
    /// Its image.
    pub image: Text,
    /// Ports it declares.
    pub ports: Vec<ContainerPort>,
    /// What it needs and may have.
    pub resources: Resources,
    /// `Always` makes an init container run beside the pod; else empty.
    pub restart_policy: Text,
}

/// One declared port.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    /// Its name; empty for none.
    pub name: Text,
    /// Its number.
    pub container_port: u16,
    /// The port of the node that leads to it; 0 for none.
    pub host_port: u16,
    /// The address of the node that it is bound to; empty for all.
    #[serde(rename = "hostIP")]
    pub host_ip: Text,
    /// `TCP`, `UDP` or `SCTP`; empty is `TCP`.
    pub protocol: Text,
}

/// Requests and limits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resources {
    /// What is set aside.
    pub requests: ResourceList,
    /// What may be used at most.
    pub limits: ResourceList,
}
