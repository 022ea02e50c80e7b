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
    /// Port that answers how many endpoints are on a node; 0 for none.
    pub health_check_node_port: u16,
    /// Who may use the load balancer's addresses (CIDR); empty for everybody.
    pub load_balancer_source_ranges: Vec<String>,
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
#[serde(default, rename_all = "camelCase")]
pub struct Ingress {
    /// The address; empty where it is a name.
    pub ip: String,
    /// `VIP` (packets keep the address) or `Proxy`.
    pub ip_mode: String,
}

/// A `Pod` as packet rules see it: its host ports.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodView {
    /// `spec`.
    pub spec: PodSpec,
    /// `status`.
    pub status: PodStatus,
}

/// `Pod.spec`, the part that matters here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    /// Its node.
    pub node_name: String,
    /// Whether it shares the node's network.
    pub host_network: bool,
    /// Containers that run first; those that restart always are sidecars.
    pub init_containers: Vec<PodContainer>,
    /// Containers.
    pub containers: Vec<PodContainer>,
}

/// A container's ports.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodContainer {
    /// `Always` for sidecars.
    pub restart_policy: String,
    /// Ports.
    pub ports: Vec<ContainerPort>,
}

/// One port of a container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerPort {
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Port in the pod.
    pub container_port: u16,
    /// Port of the node; 0 for none.
    pub host_port: u16,
    /// Address of the node; empty for all.
    #[serde(rename = "hostIP")]
    pub host_ip: String,
}

/// `Pod.status`, the part that matters here.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodStatus {
    /// Where the pod stands.
    pub phase: String,
    /// Its address; empty before it has one.
    #[serde(rename = "podIP")]
    pub pod_ip: String,
}

impl View for PodView {
    const RESOURCE: &'static str = "pods";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Pod";
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
