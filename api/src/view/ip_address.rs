//! `networking.k8s.io/v1 IPAddress`.

use serde::Deserialize;

use super::View;
use crate::Text;

/// What is read of an IPAddress; its name is the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpAddress {
    /// Whose it is.
    pub spec: IpAddressSpec,
}

/// Whose an address is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpAddressSpec {
    /// The object that has it.
    pub parent_ref: ParentReference,
}

/// An object of any kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ParentReference {
    /// The group of its kind; empty for the core group.
    pub group: Text,
    /// The collection, such as `services`.
    pub resource: Text,
    /// Its namespace; empty for cluster scope.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
}

impl View for IpAddress {
    const RESOURCE: &'static str = "ipaddresses.networking.k8s.io";
    const API_VERSION: &'static str = "networking.k8s.io/v1";
    const KIND: &'static str = "IPAddress";
}
