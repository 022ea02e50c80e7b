//! A new object.

use kontiki_api::status::Status;
use serde_json::{Map, Value};

use super::{generated_name, meta_text, metadata, uid_of};
use crate::write::Context;

/// Fields that clients send but only the system sets.
const SYSTEM: [&str; 4] = ["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"];

/// Settles the namespace, before plug-ins look at the object. A name that is generated comes after those that change objects:
/// they may choose one, or another beginning.
///
/// # Errors
/// 400 where body and path disagree.
pub(crate) fn at_creation(ctx: &Context<'_>, object: &mut Value) -> Result<(), Status> {
    if !meta_text(object, "resourceVersion").is_empty() {
        return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
    }
    let namespace = meta_text(object, "namespace");
    let place = &*ctx.request.target.namespace;
    // Of what lies in no namespace, one that is named is dropped.
    if !place.is_empty() && !namespace.is_empty() && namespace != place {
        return Err(Status::bad_request("the namespace of the provided object does not match the namespace sent on the request"));
    }
    let meta = metadata(object);
    for field in SYSTEM {
        meta.shift_remove(field);
    }
    drop_empty(meta, &["labels", "annotations", "finalizers", "ownerReferences"]);
    if place.is_empty() {
        meta.shift_remove("namespace");
    } else {
        meta.insert("namespace".into(), place.into());
    }
    meta.shift_remove("uid");
    meta.shift_remove("creationTimestamp");
    Ok(())
}

/// What the system says of a new object, after plug-ins and webhooks may have changed it.
///
/// # Errors
/// 400 where it was moved to another namespace.
pub(crate) fn stamp_creation(ctx: &Context<'_>, object: &mut Value) -> Result<(), Status> {
    let (namespace, place) = (meta_text(object, "namespace"), &*ctx.request.target.namespace);
    if !namespace.is_empty() && namespace != place {
        return Err(Status::bad_request("the namespace of the provided object does not match the namespace sent on the request"));
    }
    let generated = meta_text(object, "name").is_empty().then(|| meta_text(object, "generateName"));
    let generated = generated.filter(|base| !base.is_empty()).map(|base| generated_name(base, ctx.server.random()));
    let meta = metadata(object);
    if let Some(name) = generated {
        meta.insert("name".into(), name.into());
    }
    if !place.is_empty() {
        meta.insert("namespace".into(), place.into());
    }
    meta.insert("uid".into(), uid_of(ctx.server.random()).into());
    meta.insert("creationTimestamp".into(), ctx.now.seconds().into());
    Ok(())
}

/// Drops what a creation may not set, and runs the row's own preparation, which knows whether that is the status too.
pub(crate) fn prepare_create(ctx: &Context<'_>, object: &mut Value) {
    drop_empty(metadata(object), &["labels", "annotations", "finalizers", "ownerReferences"]);
    ctx.stored.prepare_create(object);
    (ctx.stored.hooks.stamp)(object, None, ctx.now);
}

/// `null` and empty collections are absent in what upstream stores.
pub(super) fn drop_empty(meta: &mut Map<String, Value>, fields: &[&str]) {
    for field in fields {
        let empty = match meta.get(*field) {
            Some(Value::Null) => true,
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Object(map)) => map.is_empty(),
            _ => false,
        };
        if empty {
            meta.shift_remove(*field);
        }
    }
}
