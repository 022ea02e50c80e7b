//! Generates the schemas of the built-in kinds from k8s-openapi and the facts in `data/`.
//!
//! Writes two deflated JSON objects of definitions by name into `OUT_DIR`: `definitions.json.z`, the
//! whole, for OpenAPI documents; `model.json.z`, without descriptions, for the server's own use.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use k8s_openapi::api;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use k8s_openapi::apimachinery::pkg::apis::meta;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

const FACTS: &str = "data/schema-facts.txt";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={FACTS}");
    let mut definitions = generate();
    for definition in definitions.values_mut() {
        tidy(definition);
    }
    for line in fs::read_to_string(FACTS)?.lines().filter(|line| !line.starts_with('#')) {
        apply(&mut definitions, line).ok_or_else(|| format!("{FACTS}: no such definition or field: {line}"))?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    write(&out.join("definitions.json.z"), &Value::Object(definitions.clone()))?;
    let mut model = Value::Object(definitions);
    drop_descriptions(&mut model);
    write(&out.join("model.json.z"), &model)
}

macro_rules! roots {
    ($generator:ident: $($module:path { $($kind:ident)* })*) => {
        $($({ use $module as module; $generator.subschema_for::<module::$kind>(); })*)*
    };
}

/// Every definition that the rows of the kind table and their subresources reach.
fn generate() -> Map<String, Value> {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    roots! { generator:
        api::core::v1 {
            Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod
            PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount
        }
        api::apps::v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
        api::batch::v1 { CronJob Job }
        api::autoscaling::v1 { HorizontalPodAutoscaler Scale }
        api::autoscaling::v2 { HorizontalPodAutoscaler }
        api::discovery::v1 { EndpointSlice }
        api::coordination::v1 { Lease }
        api::events::v1 { Event }
        api::policy::v1 { Eviction PodDisruptionBudget }
        api::rbac::v1 { ClusterRole ClusterRoleBinding Role RoleBinding }
        api::networking::v1 { IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR }
        api::storage::v1 { CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass }
        api::scheduling::v1 { PriorityClass }
        api::node::v1 { RuntimeClass }
        api::certificates::v1 { CertificateSigningRequest }
        api::authentication::v1 { SelfSubjectReview TokenRequest TokenReview }
        api::authorization::v1 { LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview }
        api::admissionregistration::v1 {
            MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration
            ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration
        }
        api::flowcontrol::v1 { FlowSchema PriorityLevelConfiguration }
        api::resource::v1 { DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice }
        apiextensions::v1 { CustomResourceDefinition }
        apiregistration::v1 { APIService }
        meta::v1 { APIGroup APIGroupList APIResourceList APIVersions DeleteOptions ListMeta Patch Status }
    }
    generator.take_definitions(true)
}

/// Brings one generated schema to upstream's form: plain `$ref` names, lists atomic unless a fact
/// says otherwise, `metadata` not required.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            tidy_object(map);
            map.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

fn tidy_object(map: &mut Map<String, Value>) {
    if let Some(Value::String(target)) = map.get_mut("$ref") {
        *target = target.rsplit('/').next().unwrap_or_default().to_owned();
    }
    for property in map.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        if property["type"] == "array" {
            property["x-kubernetes-list-type"] = "atomic".into();
        }
    }
    let is_resource = map.get("properties").is_some_and(|properties| properties.get("apiVersion").is_some());
    if let Some(Value::Array(required)) = map.get_mut("required") {
        required.retain(|name| !(is_resource && name == "metadata"));
        if required.is_empty() {
            map.remove("required");
        }
    }
}

/// Applies one line of facts; `None` where it names nothing.
fn apply(definitions: &mut Map<String, Value>, line: &str) -> Option<()> {
    let mut words = line.split_whitespace();
    let (definition, field) = (words.next()?, words.next()?);
    let mut target = definitions.get_mut(&full_name(definition))?;
    if field != "." {
        target = target.get_mut("properties")?.get_mut(field)?;
    }
    for fact in words {
        let (name, value) = fact.split_once('=').unwrap_or((fact, fact));
        match name {
            "list" if value.is_empty() => drop(target.as_object_mut()?.remove("x-kubernetes-list-type")),
            "list" => target["x-kubernetes-list-type"] = value.into(),
            "keys" => target["x-kubernetes-list-map-keys"] = value.split(',').collect(),
            "patch" => target["x-kubernetes-patch-strategy"] = value.into(),
            "merge" => target["x-kubernetes-patch-merge-key"] = value.into(),
            "atomic" | "map" => target["x-kubernetes-map-type"] = value.into(),
            "default" => target["default"] = value.into(),
            "type" if value.is_empty() => drop(target.as_object_mut()?.remove("type")),
            "type" | "format" => target[name] = value.into(),
            "union" => target["x-kubernetes-unions"] = union(value)?,
            "required" => require(target, value, true),
            "optional" => require(target, value, false),
            _ => return None,
        }
    }
    Some(())
}

/// `type:a,b`: the discriminating field, which may be absent, and the fields it tells apart.
fn union(text: &str) -> Option<Value> {
    let (tag, fields) = text.split_once(':')?;
    let capital = |field: &str| field.get(..1).unwrap_or_default().to_uppercase() + field.get(1..).unwrap_or_default();
    let fields: Map<String, Value> = fields.split(',').map(|field| (field.to_owned(), capital(field).into())).collect();
    let mut union = Map::new();
    if !tag.is_empty() {
        union.insert("discriminator".into(), tag.into());
    }
    union.insert("fields-to-discriminateBy".into(), fields.into());
    Some(Value::Array(vec![union.into()]))
}

/// Lists `field` as required, or no longer.
fn require(schema: &mut Value, field: &str, wanted: bool) {
    let Some(map) = schema.as_object_mut() else { return };
    let required = map.entry("required").or_insert_with(|| Value::Array(Vec::new()));
    let Some(fields) = required.as_array_mut() else { return };
    fields.retain(|name| name != field);
    if wanted {
        fields.push(field.into());
    }
    if fields.is_empty() {
        map.remove("required");
    }
}

fn full_name(short: &str) -> String {
    if short.starts_with("io.k8s.") {
        return short.to_owned();
    }
    let package = match short.split('.').next() {
        Some("meta") => "io.k8s.apimachinery.pkg.apis",
        Some("apiextensions") => "io.k8s.apiextensions-apiserver.pkg.apis",
        Some("apiregistration") => "io.k8s.kube-aggregator.pkg.apis",
        _ => "io.k8s.api",
    };
    format!("{package}.{short}")
}

/// Removes descriptions, but not a property that is called so.
fn drop_descriptions(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_descriptions),
        Value::Object(map) => {
            if map.get("description").is_some_and(Value::is_string) {
                map.remove("description");
            }
            map.values_mut().for_each(drop_descriptions);
        }
        _ => {}
    }
}

fn write(path: &Path, value: &Value) -> Result<(), Box<dyn Error>> {
    let mut encoder = DeflateEncoder::new(fs::File::create(path)?, Compression::best());
    serde_json::to_writer(&mut encoder, value)?;
    encoder.finish()?.flush()?;
    Ok(())
}
