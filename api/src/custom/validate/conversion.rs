//! How a definition has its objects converted.

use serde_json::Value;

use super::paths::{list, text};
use crate::kind::validate::{Faults, Path, webhook_path};

/// Checks `spec.conversion`.
pub(super) fn check(conversion: &Value, path: &Path<'_>, faults: &mut Faults) {
    match text(conversion, "strategy") {
        "" | "None" => {
            if conversion.get("webhook").is_some_and(|webhook| !webhook.is_null()) {
                faults.forbidden(&path.child("webhook"), "should not be set when strategy is not set to Webhook");
            }
        }
        "Webhook" => webhook(&conversion["webhook"], path, faults),
        other => faults.unsupported(&path.child("strategy"), other, &["None", "Webhook"]),
    }
}

fn webhook(webhook: &Value, path: &Path<'_>, faults: &mut Faults) {
    let config = &webhook["clientConfig"];
    if !config.is_object() {
        faults.required(&path.child("webhookClientConfig"), "required when strategy is set to Webhook");
    } else {
        let path = path.child("webhookClientConfig");
        let (url, service) = (text(config, "url"), &config["service"]);
        match (url.is_empty(), service.is_object()) {
            (true, false) | (false, true) => faults.required(&path, "exactly one of url or service is required"),
            (false, false) => {
                if !url.starts_with("https://") {
                    faults.invalid_text(&path.child("url"), url, "'https' is the only allowed URL scheme");
                }
            }
            (true, true) => {
                let path = path.child("service");
                for (field, why) in [("name", "service name is required"), ("namespace", "service namespace is required")] {
                    if text(service, field).is_empty() {
                        faults.required(&path.child(field), why);
                    }
                }
                faults.in_range(&path.child("port"), service.get("port"), 1, 65535);
                webhook_path(text(service, "path"), &path.child("path"), faults);
            }
        }
    }
    let versions = list(webhook, "conversionReviewVersions");
    let path = path.child("conversionReviewVersions");
    if versions.is_empty() {
        faults.required(&path, "");
    } else if !versions.iter().any(|version| version == "v1" || version == "v1beta1") {
        faults.invalid(&path, &webhook["conversionReviewVersions"], "must include at least one of v1, v1beta1");
    }
}
