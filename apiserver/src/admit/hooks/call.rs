//! One call of one webhook.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kontiki_api::kind::Kind;
use serde_json::Value;

use super::Subject;
use super::failure::{Failure, denial, no_dry_run};
use super::hook::Hook;
use super::review::{review, spoken};
use super::verdict::Verdict;
use crate::audit::annotate;
use crate::prepare::uid_of;

/// Asks `hook` about `object` and `old`, both in the version of `row`, and counts it.
///
/// # Errors
/// See [`Failure`]; a refusal is one.
pub(super) async fn call(
    hook: &Hook,
    mutating: bool,
    subject: &Subject<'_>,
    row: &Arc<Kind>,
    object: &Value,
    old: &Value,
) -> Result<Verdict, Failure> {
    let begun = Instant::now();
    let asked = ask(hook, mutating, subject, row, object, old).await;
    subject.server.hook_figures.called(hook, mutating, subject.operation, &asked, begun.elapsed());
    asked
}

async fn ask(
    hook: &Hook,
    mutating: bool,
    subject: &Subject<'_>,
    row: &Arc<Kind>,
    object: &Value,
    old: &Value,
) -> Result<Verdict, Failure> {
    if subject.dry_run && !hook.takes_dry_run {
        return Err(Failure::Final(no_dry_run(&hook.name)));
    }
    let uid = uid_of(rand::random());
    let version = spoken(&hook.versions).map_err(Failure::Calling)?;
    let body = review(subject, version, &uid, row, object, old).to_string();
    let answer = post(hook, subject, body).await?;
    let verdict = Verdict::read(&answer, version, &uid, mutating).map_err(Failure::Calling)?;
    for (key, value) in &verdict.annotations {
        annotate(&format!("{}/{key}", hook.name), value.as_str());
    }
    match verdict.allowed {
        true => Ok(verdict),
        false => Err(Failure::Rejected(denial(&hook.name, &verdict.result).warned(verdict.warnings))),
    }
}

async fn post(hook: &Hook, subject: &Subject<'_>, body: String) -> Result<Bytes, Failure> {
    let client = hook.client.as_ref().map_err(|why| Failure::Calling(format!("could not get REST client: {why}")))?;
    let query = format!("timeout={}s", whole_seconds(hook.timeout));
    let answer = subject.server.webhooks.post(client, &query, Bytes::from(body), hook.timeout).await;
    answer.map_err(|error| Failure::Calling(format!("failed to call webhook: {error}")))
}

const fn whole_seconds(timeout: Duration) -> u64 {
    timeout.as_secs()
}
