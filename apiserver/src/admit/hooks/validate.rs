//! Validating webhooks, all at a time.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use kontiki_api::kind::Kind;
use kontiki_api::status::Status;
use serde_json::Value;
use tracing::warn;

use super::Subject;
use super::call::call;
use super::exempt::is_exempt;
use super::failure::Failure;
use super::hook::Hook;
use super::invocation::invocation;
use super::mutate::{pass_by, show};
use crate::audit::annotate;

/// Asks all validating webhooks at a time, and waits for every answer.
///
/// # Errors
/// The refusal that came first, or failure of one that does not fail open.
pub(crate) async fn validate(
    subject: &Subject<'_>,
    object: &Value,
    old: Option<&Value>,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    let server = subject.server;
    let hooks = server.hooks.validating(&*server.config.store);
    if hooks.is_empty() || is_exempt(subject) {
        return Ok(());
    }
    if server.config.apart {
        return pass_by(&hooks, false, subject, object, old, warnings).await;
    }
    let mut wanted = Vec::new();
    for (index, hook) in hooks.iter().enumerate() {
        wanted.extend(invocation(hook, false, subject, object, old).await?.map(|row| (index, hook, row)));
    }
    let mut calls: FuturesUnordered<_> =
        wanted.into_iter().map(|(index, hook, row)| one(index, hook, row, subject, object, old)).collect();
    let mut refused = None;
    while let Some(answer) = calls.next().await {
        match answer {
            Ok(more) => warnings.extend(more),
            Err(mut status) => {
                warnings.append(&mut status.details.warnings);
                refused = refused.or(Some(status));
            }
        }
    }
    refused.map_or(Ok(()), Err)
}

/// The webhook's warnings.
async fn one(
    index: usize,
    hook: &Hook,
    row: Arc<Kind>,
    subject: &Subject<'_>,
    object: &Value,
    old: Option<&Value>,
) -> Result<Vec<String>, Status> {
    match asked(hook, &row, subject, object, old).await {
        Ok(warnings) => Ok(warnings),
        Err(Failure::Calling(why)) if hook.fails_open => {
            subject.server.hook_figures.failed_open(hook, false);
            let key = format!("failed-open.validating.webhook.admission.k8s.io/round_0_index_{index}");
            annotate(&key, hook.name.as_str());
            warn!(webhook = hook.name, why, "failed calling a webhook, failing open");
            Ok(Vec::new())
        }
        Err(failure) => Err(failure.into_status(&hook.name)),
    }
}

async fn asked(
    hook: &Hook,
    row: &Arc<Kind>,
    subject: &Subject<'_>,
    object: &Value,
    old: Option<&Value>,
) -> Result<Vec<String>, Failure> {
    let (now, before) = subject.sides(object, old);
    let (object, old) = (show(subject, row, now).await?, show(subject, row, before).await?);
    call(hook, false, subject, row, &object, &old).await.map(|verdict| verdict.warnings)
}
