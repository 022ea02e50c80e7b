//! `options` of an AdmissionRequest.

use kontiki_api::request::{Request, Verb};
use serde_json::{Map, Value, json};

use crate::admit::Operation;
use crate::decode::{DeleteOptions, Propagation};
use crate::write::Context;

/// What the client said of how to do it. As upstream, a patch is told as the create or update that it comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options<'a> {
    /// Whether it is a patch.
    patches: bool,
    /// The query's `fieldManager`.
    manager: Option<&'a str>,
    /// The query's `fieldValidation`.
    validation: Option<&'a str>,
    /// Of a deletion.
    deletion: Option<DeleteOptions>,
}

impl<'a> Options<'a> {
    /// Those of the write of `ctx`.
    pub fn of(ctx: &Context<'a>) -> Self {
        let request: &'a Request = ctx.request;
        let said = |name: &str| request.param(name).filter(|value| !value.is_empty());
        Self {
            patches: request.verb == Verb::Patch,
            manager: said("fieldManager"),
            validation: said("fieldValidation"),
            deletion: ctx.deletion.clone(),
        }
    }

    /// The verb of a change, as authorizers know it.
    pub const fn verb(&self) -> &'static str {
        if self.patches { "patch" } else { "update" }
    }

    /// As `meta.k8s.io/v1` writes them; null for a connection.
    pub fn write(&self, operation: Operation, dry_run: bool) -> Value {
        let kind = match operation {
            Operation::Create => "CreateOptions",
            Operation::Update => "UpdateOptions",
            Operation::Delete => "DeleteOptions",
            Operation::Connect => return Value::Null,
        };
        let mut options = Map::new();
        if operation == Operation::Delete {
            self.deletion.iter().for_each(|deletion| write_deletion(deletion, &mut options));
        } else {
            options.extend(self.manager.map(|manager| ("fieldManager".into(), manager.into())));
            options.extend(self.validation.map(|validation| ("fieldValidation".into(), validation.into())));
        }
        options.insert("kind".into(), kind.into());
        options.insert("apiVersion".into(), "meta.k8s.io/v1".into());
        options.extend(dry_run.then(|| ("dryRun".into(), json!(["All"]))));
        Value::Object(options)
    }
}

fn write_deletion(deletion: &DeleteOptions, options: &mut Map<String, Value>) {
    let DeleteOptions { grace_seconds, propagation, orphan, uid, revision, dry_run: _ } = deletion;
    options.extend(grace_seconds.map(|seconds| ("gracePeriodSeconds".into(), seconds.into())));
    match (orphan, propagation) {
        (Some(orphan), _) => options.extend([("orphanDependents".into(), Value::from(*orphan))]),
        (None, Some(propagation)) => options.extend([("propagationPolicy".into(), Value::from(name(*propagation)))]),
        (None, None) => {}
    }
    let uid = uid.as_ref().map(|uid| ("uid".to_owned(), Value::from(uid.as_str())));
    let revision = revision.as_ref().map(|revision| ("resourceVersion".to_owned(), Value::from(revision.as_str())));
    let preconditions: Map<String, Value> = uid.into_iter().chain(revision).collect();
    if !preconditions.is_empty() {
        options.insert("preconditions".into(), preconditions.into());
    }
}

const fn name(propagation: Propagation) -> &'static str {
    match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
        Propagation::Orphan => "Orphan",
    }
}
