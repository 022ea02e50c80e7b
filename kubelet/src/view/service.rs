//! Services, as containers learn of them through their environment.

use kontiki_api::view::View;
use serde::Deserialize;

/// A service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 Service")]
pub struct Service {
    pub spec: ServiceSpec,
}

impl View for Service {
    const RESOURCE: &'static str = "services";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Service";
}

/// Its address and ports.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 ServiceSpec")]
pub struct ServiceSpec {
    #[serde(rename = "clusterIP")]
    pub cluster_ip: String,
    pub ports: Vec<ServicePort>,
}

/// One port.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 ServicePort")]
pub struct ServicePort {
    pub name: String,
    pub port: u16,
    pub protocol: String,
}
