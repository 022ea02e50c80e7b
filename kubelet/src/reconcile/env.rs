//! Environments of containers.

use std::collections::BTreeMap;

use kontiki_api::meta::NsName;

use super::facts::Facts;
use super::{expand, fields};
use crate::view::{ConfigMap, Container, EnvFrom, EnvSource, Secret, Service};

/// The variables of a container, in order: services, `envFrom`, `env`.
///
/// # Errors
/// What is missing, in upstream's words.
pub fn resolve(facts: &Facts<'_>, container: &Container) -> Result<Vec<(String, String)>, String> {
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut order = Vec::new();
    let mut set = |given: &mut BTreeMap<String, String>, name: String, value: String| {
        if given.insert(name.clone(), value).is_none() {
            order.push(name);
        }
    };
    for from in &container.env_from {
        for (key, value) in from_source(facts, from)? {
            set(&mut given, format!("{}{key}", from.prefix), value);
        }
    }
    let services = services(facts);
    for var in &container.env {
        let value = match &var.value_from {
            None => {
                let known = |name: &str| given.get(name).or_else(|| services.get(name)).cloned();
                expand::expand(&var.value, known)
            }
            Some(source) => match from_key(facts, container, source)? {
                Some(value) => value,
                None => continue,
            },
        };
        set(&mut given, var.name.clone(), value);
    }
    let own = order.into_iter().filter_map(|name| given.get(&name).cloned().map(|value| (name, value))).collect::<Vec<_>>();
    let other = services.into_iter().filter(|(name, _)| !given.contains_key(name));
    Ok(other.chain(own).collect())
}

fn from_source(facts: &Facts<'_>, from: &EnvFrom) -> Result<BTreeMap<String, String>, String> {
    if let Some(source) = &from.config_map_ref {
        return match config_map(facts, &source.name) {
            Some(map) => Ok(map.data.clone()),
            None if source.optional => Ok(BTreeMap::new()),
            None => Err(format!("configmap {:?} not found", source.name)),
        };
    }
    let Some(source) = &from.secret_ref else { return Ok(BTreeMap::new()) };
    match secret(facts, &source.name) {
        Some(secret) => Ok(secret.data.iter().map(|(key, value)| (key.clone(), text(value))).collect()),
        None if source.optional => Ok(BTreeMap::new()),
        None => Err(format!("secret {:?} not found", source.name)),
    }
}

fn from_key(facts: &Facts<'_>, container: &Container, source: &EnvSource) -> Result<Option<String>, String> {
    if let Some(reference) = &source.field_ref {
        let path = &reference.field_path;
        return fields::field(facts, path).map(Some).ok_or_else(|| format!("unsupported fieldPath: {path}"));
    }
    if let Some(reference) = &source.resource_field_ref {
        let value = fields::resource(facts, reference, Some(container));
        return value.map(Some).ok_or_else(|| format!("unsupported resource: {}", reference.resource));
    }
    let pod = facts.key.ns_name();
    let missing = |kind: &str, name: &str, key: &str| format!("couldn't find key {key} in {kind} {}/{name}", pod.namespace);
    if let Some(key) = &source.config_map_key_ref {
        return match config_map(facts, &key.name) {
            None if key.optional => Ok(None),
            None => Err(format!("configmap {:?} not found", key.name)),
            Some(map) => match map.data.get(&key.key) {
                None if key.optional => Ok(None),
                None => Err(missing("ConfigMap", &key.name, &key.key)),
                Some(value) => Ok(Some(value.clone())),
            },
        };
    }
    let Some(key) = &source.secret_key_ref else { return Ok(None) };
    match secret(facts, &key.name) {
        None if key.optional => Ok(None),
        None => Err(format!("secret {:?} not found", key.name)),
        Some(secret) => match secret.data.get(&key.key) {
            None if key.optional => Ok(None),
            None => Err(missing("Secret", &key.name, &key.key)),
            Some(value) => Ok(Some(text(value))),
        },
    }
}

/// The `ConfigMap` of the pod's namespace called `name`.
pub fn config_map<'a>(facts: &Facts<'a>, name: &str) -> Option<&'a ConfigMap> {
    facts.world.get::<ConfigMap>(&NsName::new(facts.key.namespace.clone(), name)).map(|seen| &*seen.view)
}

/// The Secret of the pod's namespace called `name`.
pub fn secret<'a>(facts: &Facts<'a>, name: &str) -> Option<&'a Secret> {
    facts.world.get::<Secret>(&NsName::new(facts.key.namespace.clone(), name)).map(|seen| &*seen.view)
}

fn text(bytes: &bytes::Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Upstream's variables for the services of the namespace, and for `kubernetes` in any.
fn services(facts: &Facts<'_>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let master = facts.world.get::<Service>(&NsName::new("default", "kubernetes")).into_iter();
    let links = facts.spec().enable_service_links != Some(false);
    let own = facts.world.in_namespace::<Service>(&facts.key.namespace).filter(|_| links);
    for seen in master.chain(own) {
        let spec = &seen.spec;
        if !matches!(spec.cluster_ip.as_str(), "" | "None") {
            service(&mut out, &seen.name().to_uppercase().replace('-', "_"), &seen.view);
        }
    }
    out
}

fn service(out: &mut BTreeMap<String, String>, prefix: &str, service: &Service) {
    let ip = &service.spec.cluster_ip;
    out.insert(format!("{prefix}_SERVICE_HOST"), ip.clone());
    for (at, port) in service.spec.ports.iter().enumerate() {
        let protocol = if port.protocol.is_empty() { "TCP" } else { &port.protocol };
        let url = format!("{}://{ip}:{}", protocol.to_lowercase(), port.port);
        if at == 0 {
            out.insert(format!("{prefix}_SERVICE_PORT"), port.port.to_string());
            out.insert(format!("{prefix}_PORT"), url.clone());
        }
        if !port.name.is_empty() {
            let name = port.name.to_uppercase().replace('-', "_");
            out.insert(format!("{prefix}_SERVICE_PORT_{name}"), port.port.to_string());
        }
        let long = format!("{prefix}_PORT_{}_{protocol}", port.port);
        out.insert(long.clone(), url);
        out.insert(format!("{long}_PROTO"), protocol.to_lowercase());
        out.insert(format!("{long}_PORT"), port.port.to_string());
        out.insert(format!("{long}_ADDR"), ip.clone());
    }
}
