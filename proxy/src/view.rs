//! The fields of Services and EndpointSlices that packet rules and DNS need.

use kontiki_api::view::View;
use serde::Deserialize;

/// A `Service` as the node sees it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServiceView {
    /// `spec`.
    pub spec: ServiceSpec,
    /// `status`.
    pub status: ServiceStatus,
}

/// `Service.spec`, the part that matters here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceSpec {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub r#type: String,
    /// The virtual address; `None` for headless.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: String,
    /// Further addresses that nodes answer for.
    #[serde(rename = "externalIPs")]
    pub external_ips: Vec<String>,
    /// Target of `ExternalName`.
    pub external_name: String,
    /// Ports.
    pub ports: Vec<ServicePort>,
    /// `None` or `ClientIP`.
    pub session_affinity: String,
    /// Time-out of affinity.
    pub session_affinity_config: Option<AffinityConfig>,
    /// `Cluster` or `Local`, for traffic from outside.
    pub external_traffic_policy: String,
    /// `Cluster` or `Local`, for traffic from pods and nodes.
    pub internal_traffic_policy: String,
    /// Whether DNS names endpoints that are not ready.
    pub publish_not_ready_addresses: bool,
}

/// One port of a Service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServicePort {
    /// Name; empty where there is one port.
    pub name: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Port of the virtual address.
    pub port: u16,
    /// Port of every node; 0 for none.
    pub node_port: u16,
}

/// `sessionAffinityConfig`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AffinityConfig {
    /// `clientIP`.
    #[serde(rename = "clientIP")]
    pub client_ip: ClientIpConfig,
}

/// `sessionAffinityConfig.clientIP`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClientIpConfig {
    /// Seconds a client stays with its endpoint.
    pub timeout_seconds: Option<u32>,
}

/// `Service.status`, the part that matters here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceStatus {
    /// `status.loadBalancer`.
    pub load_balancer: LoadBalancer,
}

/// `status.loadBalancer`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// Addresses given.
    pub ingress: Vec<Ingress>,
}

/// One load-balancer address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ingress {
    /// The address; empty where it is a name.
    pub ip: String,
}

impl View for ServiceView {
    const RESOURCE: &'static str = "services";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Service";
}

/// An `EndpointSlice` as the node sees it; its service is the label `kubernetes.io/service-name`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SliceView {
    /// `IPv4`, `IPv6` or `FQDN`.
    pub address_type: String,
    /// Endpoints.
    pub endpoints: Vec<SliceEndpoint>,
    /// Ports, common to all endpoints of the slice.
    pub ports: Vec<SlicePort>,
}

/// One endpoint of a slice.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SliceEndpoint {
    /// Addresses of one backend; the first is used.
    pub addresses: Vec<String>,
    /// Readiness.
    pub conditions: SliceConditions,
    /// Host name for DNS.
    pub hostname: Option<String>,
    /// The node it runs on.
    pub node_name: Option<String>,
}

/// Conditions of an endpoint; absent means true for `ready` and `serving`, false for `terminating`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SliceConditions {
    /// Takes new traffic.
    pub ready: Option<bool>,
    /// Answers, though it may be ending.
    pub serving: Option<bool>,
    /// Is ending.
    pub terminating: Option<bool>,
}

/// One port of a slice.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SlicePort {
    /// Name, as the Service's port.
    pub name: Option<String>,
    /// Protocol; absent means TCP.
    pub protocol: Option<String>,
    /// Port of the endpoint.
    pub port: Option<u16>,
}

impl View for SliceView {
    const RESOURCE: &'static str = "endpointslices.discovery.k8s.io";
    const API_VERSION: &'static str = "discovery.k8s.io/v1";
    const KIND: &'static str = "EndpointSlice";
}
