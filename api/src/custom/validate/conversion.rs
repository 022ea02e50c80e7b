//! How a definition has its objects converted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::paths::{list, text};
use super::spec::established;
use crate::kind::client_config;
use crate::kind::validate::{Distinct, Faults, Path, dns1035_label_fault};

/// Checks `spec.conversion` in the place of what the definition `old` has.
pub(super) fn check(conversion: &Value, old: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (webhook, config) = (&conversion["webhook"], path.child("webhookClientConfig"));
    let versions = path.child("conversionReviewVersions");
    if conversion.is_null() {
        return;
    }
    match text(conversion, "strategy") {
        "Webhook" => {
            if webhook["clientConfig"].is_object() {
                client_config(&webhook["clientConfig"], &config, faults);
                bundle(&webhook["clientConfig"], old, &config.child("caBundle"), faults);
            } else {
                faults.required(&config, "required when strategy is set to Webhook");
            }
            let recognized = recognized_before(old);
            self::versions(list(webhook, "conversionReviewVersions"), recognized, &versions, faults);
        }
        strategy => {
            match strategy {
                "None" => {}
                "" => faults.required(&path.child("strategy"), ""),
                other => faults.unsupported(&path.child("strategy"), other, &["None", "Webhook"]),
            }
            let why = "should not be set when strategy is not set to Webhook";
            if !webhook["clientConfig"].is_null() {
                faults.forbidden(&config, why);
            }
            if !list(webhook, "conversionReviewVersions").is_empty() {
                faults.forbidden(&versions, why);
            }
        }
    }
}

/// Whether the definition `old` named a form of reviews that is known, or none: then the next must as well.
fn recognized_before(old: &Value) -> bool {
    let before = list(&old["spec"]["conversion"]["webhook"], "conversionReviewVersions");
    before.is_empty() || before.iter().any(|version| version == "v1" || version == "v1beta1")
}

/// Certificates must be there to read, once the definition is established; what could not be read before need not be now.
fn bundle(config: &Value, old: &Value, path: &Path<'_>, faults: &mut Faults) {
    let before = text(&old["spec"]["conversion"]["webhook"]["clientConfig"], "caBundle");
    let text = text(config, "caBundle");
    if text.is_empty() || !established(old) || !before.is_empty() && bundle_fault(before).is_some() {
        return;
    }
    if let Some(why) = bundle_fault(text) {
        faults.invalid_text(path, text, format!("unable to load root certificates: {why}"));
    }
}

/// Why `bundle` holds no certificate, in upstream's words.
fn bundle_fault(bundle: &str) -> Option<&'static str> {
    let bytes = STANDARD.decode(bundle).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let parts = |label: &str| {
        let begin = format!("-----BEGIN {label}-----");
        text.split(&*begin).skip(1).any(|part| part.contains("-----END"))
    };
    if parts("CERTIFICATE") {
        return None;
    }
    let any = text.contains("-----BEGIN ") && text.contains("-----END ");
    Some(if any { "no valid certificate authority data seen" } else { "unable to parse bytes as PEM block" })
}

fn versions(versions: &[Value], recognized: bool, path: &Path<'_>, faults: &mut Faults) {
    if versions.is_empty() {
        return faults.required(path, "");
    }
    let mut known = Distinct::default();
    for (at, version) in versions.iter().enumerate() {
        let text = version.as_str().unwrap_or_default();
        if known.repeats(text) {
            faults.invalid_text(&path.index(at), text, "duplicate version");
        } else if let Some(why) = dns1035_label_fault(text) {
            faults.invalid_text(&path.index(at), text, why);
        }
    }
    if recognized && !versions.iter().any(|version| version == "v1" || version == "v1beta1") {
        faults.invalid(path, &Value::Array(versions.to_vec()), "must include at least one of v1, v1beta1");
    }
}
