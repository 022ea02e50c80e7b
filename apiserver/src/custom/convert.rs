//! Objects of custom kinds in the version that is asked for.

use std::sync::Arc;

use kontiki_api::custom::{ConversionStrategy, Crd, Custom};
use kontiki_api::kind::Kind;
use kontiki_api::object::{Draft, Object};
use kontiki_api::status::Status;
use serde_json::Value;

use super::conversion_webhook;
use crate::webhook::Webhooks;

/// A stored object as a row serves it.
pub(crate) struct Served {
    /// The object.
    pub object: Arc<Object>,
    /// Whether it is stored otherwise than it would be stored now.
    pub stale: bool,
}

/// `object` as `kind` serves it.
///
/// # Errors
/// 500 where it cannot be converted.
pub(crate) async fn served_one(webhooks: &Webhooks, kind: &Kind, object: Arc<Object>) -> Result<Served, Status> {
    let Some(custom) = kind.custom.as_ref().filter(|custom| !custom.serves_as_stored(&object)) else {
        return Ok(Served { object, stale: false });
    };
    let stale = is_stale(custom.crd(), &object);
    let mut served = convert(webhooks, kind, custom, vec![object]).await?;
    let object = served.pop().ok_or_else(|| Status::internal("a conversion answered no object"))?;
    Ok(Served { object, stale })
}

/// `objects` as `kind` serves them.
///
/// # Errors
/// 500 where one cannot be converted.
pub(crate) async fn served(webhooks: &Webhooks, kind: &Kind, objects: Vec<Arc<Object>>) -> Result<Vec<Arc<Object>>, Status> {
    match &kind.custom {
        Some(custom) if objects.iter().any(|object| !custom.serves_as_stored(object)) => {
            convert(webhooks, kind, custom, objects).await
        }
        _ => Ok(objects),
    }
}

/// `object`, which is of `kind`, in the version that its collection is stored in and with the defaults of that.
///
/// # Errors
/// 500 where it cannot be converted.
pub(crate) async fn to_storage(webhooks: &Webhooks, kind: &Kind, object: Value) -> Result<Value, Status> {
    let Some(custom) = &kind.custom else { return Ok(object) };
    let crd = custom.crd();
    let storage = crd.storage().ok_or_else(|| Status::internal("the definition has no storage version"))?;
    let mut objects = vec![object];
    to_version(webhooks, crd, &storage.name, &mut objects).await?;
    objects.iter_mut().for_each(|object| crd.complete(object));
    objects.pop().ok_or_else(|| Status::internal("a conversion answered no object"))
}

/// `object`, which is of `kind`, as it would be served had it been stored.
///
/// # Errors
/// 500 where it cannot be converted.
pub(crate) async fn as_if_stored(webhooks: &Webhooks, kind: &Kind, object: Value) -> Result<Value, Status> {
    let stored = to_storage(webhooks, kind, object).await?;
    in_version(webhooks, kind, stored).await
}

/// `object`, of any version of the collection of `kind`, in the version of `kind`; objects of built-in kinds as they are.
///
/// # Errors
/// 500 where it cannot be converted.
pub(crate) async fn in_version(webhooks: &Webhooks, kind: &Kind, object: Value) -> Result<Value, Status> {
    let Some(custom) = &kind.custom else { return Ok(object) };
    let mut objects = vec![object];
    to_version(webhooks, custom.crd(), &kind.version, &mut objects).await?;
    objects.pop().ok_or_else(|| Status::internal("a conversion answered no object"))
}

fn is_stale(crd: &Crd, object: &Object) -> bool {
    if object.revision > crd.since {
        return false;
    }
    let stored = object.to_value();
    let mut wanted = stored.clone();
    crd.repair(&mut wanted);
    let storage = crd.storage().map(|storage| crd.api_version(&storage.name));
    stored != wanted || storage.as_deref() != stored.get("apiVersion").and_then(Value::as_str)
}

async fn convert(
    webhooks: &Webhooks,
    kind: &Kind,
    custom: &Custom,
    objects: Vec<Arc<Object>>,
) -> Result<Vec<Arc<Object>>, Status> {
    let crd = custom.crd();
    let mut values: Vec<Value> = objects.iter().map(|object| object.to_value()).collect();
    values.iter_mut().for_each(|value| crd.repair(value));
    to_version(webhooks, crd, &kind.version, &mut values).await?;
    let fields = kind.field_pointers();
    let stored = objects.iter().zip(values);
    Ok(stored.map(|(object, value)| Draft::new(object.key.clone(), value, &fields).at(object.revision)).collect())
}

/// Brings `objects`, each of any version of `crd`, to `version`.
async fn to_version(webhooks: &Webhooks, crd: &Crd, version: &str, objects: &mut [Value]) -> Result<(), Status> {
    let wanted = crd.api_version(version);
    let mut others: Vec<&mut Value> = objects.iter_mut().filter(|object| object["apiVersion"] != *wanted).collect();
    if others.is_empty() {
        return Ok(());
    }
    match &crd.conversion {
        ConversionStrategy::None => others.iter_mut().for_each(|object| object["apiVersion"] = wanted.as_str().into()),
        ConversionStrategy::Webhook(webhook) => conversion_webhook::convert(webhooks, crd, webhook, &wanted, &mut others).await?,
    }
    others.into_iter().for_each(|object| crd.prune(object));
    Ok(())
}
