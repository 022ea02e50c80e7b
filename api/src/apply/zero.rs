//! What an object has before anybody sets anything.

use serde_json::{Map, Value};

use crate::schema::{Field, Object, Schema};

/// Parts that every object has.
const PARTS: [&str; 3] = ["metadata", "spec", "status"];

/// Structs that are part of the struct around them rather than referred to, and yet optional: definition and field.
/// Who creates an object does not own such a struct itself, only what is in it.
const INLINE: [(&str, &str); 17] = [
    ("api.apps.v1.DaemonSetSpec", "updateStrategy"),
    ("api.apps.v1.DeploymentSpec", "strategy"),
    ("api.apps.v1.ReplicaSetSpec", "template"),
    ("api.apps.v1.StatefulSetSpec", "updateStrategy"),
    ("api.batch.v1.JobTemplateSpec", "metadata"),
    ("api.batch.v1.JobTemplateSpec", "spec"),
    ("api.core.v1.Event", "source"),
    ("api.core.v1.NodeDaemonEndpoints", "kubeletEndpoint"),
    ("api.core.v1.NodeStatus", "daemonEndpoints"),
    ("api.core.v1.NodeStatus", "nodeInfo"),
    ("api.core.v1.PersistentVolumeClaimSpec", "resources"),
    ("api.core.v1.PodTemplate", "template"),
    ("api.core.v1.PodTemplateSpec", "metadata"),
    ("api.core.v1.PodTemplateSpec", "spec"),
    ("api.core.v1.ServiceStatus", "loadBalancer"),
    ("api.networking.v1.IngressStatus", "loadBalancer"),
    ("pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus", "acceptedNames"),
];

/// An object of `schema` in which nothing is set. Custom objects, whose schemas have no name, have nothing at all.
pub(super) fn zero(schema: &Schema) -> Value {
    let object = schema.as_object().filter(|object| !object.name.is_empty());
    let Some(object) = object else { return Value::Object(Map::new()) };
    fields(object, &|field| PARTS.contains(&&*field.name) || is_inline(object, field))
}

fn fields(object: &Object, wanted: &dyn Fn(&Field) -> bool) -> Value {
    let parts = object.fields.iter().filter_map(|field| {
        let value = match &*field.schema {
            Schema::Object(inner) if wanted(field) => fields(inner, &|field| is_inline(inner, field)),
            Schema::Map(_) | Schema::List(_) if field.required => Value::Null,
            _ => return None,
        };
        Some((field.name.to_string(), value))
    });
    Value::Object(parts.collect())
}

fn is_inline(object: &Object, field: &Field) -> bool {
    field.required || INLINE.iter().any(|(name, inline)| object.name.ends_with(name) && *field.name == **inline)
}
