//! How a definition has its objects converted.

use serde_json::Value;

use super::paths::{list, text};
use crate::kind::client_config;
use crate::kind::validate::{Distinct, Faults, Path, dns1035_label_fault};

/// Checks `spec.conversion`.
pub(super) fn check(conversion: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (webhook, config) = (&conversion["webhook"], path.child("webhookClientConfig"));
    let versions = path.child("conversionReviewVersions");
    match text(conversion, "strategy") {
        "" | "None" => {
            let why = "should not be set when strategy is not set to Webhook";
            if !webhook["clientConfig"].is_null() {
                faults.forbidden(&config, why);
            }
            if !list(webhook, "conversionReviewVersions").is_empty() {
                faults.forbidden(&versions, why);
            }
        }
        "Webhook" => {
            if webhook["clientConfig"].is_object() {
                client_config(&webhook["clientConfig"], &config, faults);
            } else {
                faults.required(&config, "required when strategy is set to Webhook");
            }
            self::versions(list(webhook, "conversionReviewVersions"), &versions, faults);
        }
        other => faults.unsupported(&path.child("strategy"), other, &["None", "Webhook"]),
    }
}

fn versions(versions: &[Value], path: &Path<'_>, faults: &mut Faults) {
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
    if !versions.iter().any(|version| version == "v1" || version == "v1beta1") {
        faults.invalid(path, &Value::Array(versions.to_vec()), "must include at least one of v1, v1beta1");
    }
}
