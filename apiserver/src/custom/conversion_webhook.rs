//! Conversion by webhook: `apiextensions.k8s.io ConversionReview`.

use std::time::Duration;

use bytes::Bytes;
use kontiki_api::custom::{Crd, Unfit, WebhookConversion, restore};
use kontiki_api::decode::settle_numbers;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use crate::prepare::uid_of;
use crate::webhook::{ClientConfig, Webhooks};

/// Upstream waits this long.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Versions of the review that are spoken.
const SPOKEN: [&str; 2] = ["v1", "v1beta1"];

/// Converts `objects` to `wanted` (`group/version`), all in one call.
///
/// # Errors
/// 500 in upstream's words: the webhook cannot be called, refuses, or answers something else.
pub(super) async fn convert(
    webhooks: &Webhooks,
    crd: &Crd,
    webhook: &WebhookConversion,
    wanted: &str,
    objects: &mut [&mut Value],
) -> Result<(), Status> {
    let subject = objects.first().map(|object| subject(object)).unwrap_or_default();
    let failed = |why: String| plain(format!("conversion webhook for {subject} {why}"));
    let spoken = webhook.review_versions.iter().find(|version| SPOKEN.contains(&version.as_str()));
    let version = spoken.ok_or_else(|| plain("no supported conversion review versions".into()))?;
    let uid = uid_of(rand::random());
    let review = json!({
        "kind": "ConversionReview", "apiVersion": format!("apiextensions.k8s.io/{version}"),
        "request": {"uid": uid, "desiredAPIVersion": wanted, "objects": &*objects},
    });
    let config = ClientConfig::read(&webhook.client_config).map_err(|error| failed(format!("failed: {error}")))?;
    let answer = webhooks.post(&config, "timeout=30s", Bytes::from(review.to_string()), TIMEOUT).await;
    let answer = answer.map_err(|error| failed(format!("failed: {error}")))?;
    let answer: Value = serde_json::from_slice(&answer).map_err(|error| failed(format!("failed: {error}")))?;
    let converted = converted(answer, &uid, version).map_err(|why| failed(format!("failed: {why}")))?;
    if converted.len() != objects.len() {
        return Err(failed(format!("returned {} objects, expected {}", converted.len(), objects.len())));
    }
    for (object, converted) in objects.iter_mut().zip(converted) {
        let taken = take(object, converted, crd, wanted);
        **object = taken.map_err(|why| failed(format!("returned invalid {why}")))?;
    }
    Ok(())
}

/// A failure that upstream gives no reason for.
fn plain(why: String) -> Status {
    Status::internal(why).answered_as(500, "")
}

/// `stable.example.com/v1, Kind=CronTab`.
fn subject(object: &Value) -> String {
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{}, Kind={}", text("apiVersion"), text("kind"))
}

/// The same of a review: one without a version is of the empty one.
fn named(review: &Value) -> String {
    let named = subject(review);
    if named.starts_with(',') { format!("/{named}") } else { named }
}

/// The objects of the answer to the request `uid`.
fn converted(mut answer: Value, uid: &str, version: &str) -> Result<Vec<Value>, String> {
    let wanted = format!("apiextensions.k8s.io/{version}");
    if version == "v1" && (answer["apiVersion"] != wanted.as_str() || answer["kind"] != "ConversionReview") {
        return Err(format!("expected webhook response of {wanted}, Kind=ConversionReview, got {}", named(&answer)));
    }
    if !answer["response"].is_object() {
        return Err("no response provided".into());
    }
    let response = &mut answer["response"];
    if version == "v1" && response["uid"] != uid {
        return Err(format!("expected response.uid={uid:?}, got {:?}", response["uid"].as_str().unwrap_or_default()));
    }
    if response["result"]["status"] != "Success" {
        let text = |name: &str| response["result"][name].as_str().unwrap_or_default();
        return Err(match text("message") {
            "" => format!("response.result.status was '{}', not 'Success'", text("status")),
            message => message.to_owned(),
        });
    }
    match response["convertedObjects"].take() {
        Value::Array(objects) => Ok(objects),
        _ => Ok(Vec::new()),
    }
}

/// What `converted` is worth in the place of `original`: everything but metadata, of which it decides labels and annotations. As
/// upstream, which asks for one object at a time, it never says which one is at fault.
fn take(original: &Value, mut converted: Value, crd: &Crd, wanted: &str) -> Result<Value, String> {
    let text = |name: &str| converted.get(name).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if version != wanted {
        return Err(format!("object at index 0: invalid groupVersion (expected {wanted}, received {version})"));
    }
    if kind != &*crd.kind {
        return Err(format!("object at index 0: invalid kind (expected {}, received {kind})", crd.kind));
    }
    restore(original, &mut converted).map_err(|unfit| match unfit {
        Unfit::Object(why) => format!("object: {why}"),
        Unfit::Metadata(why) => format!("metadata: {why}"),
    })?;
    settle_numbers(&mut converted);
    Ok(converted)
}
