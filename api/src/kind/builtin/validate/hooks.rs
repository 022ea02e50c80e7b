//! Configurations of admission webhooks.

use serde_json::Value;

use super::format::fully_qualified;
use super::{list, text};
use crate::kind::validate::{Distinct, Faults, Path, dns1035_label_fault, webhook_path};

const VERSIONS: [&str; 2] = ["v1", "v1beta1"];
const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const URL_FORM: &str = "desired format: https://host[/path]";

/// The webhooks of a configuration: each under a name of its own.
pub(super) fn configuration(object: &Value, faults: &mut Faults) {
    let path = Path::new("webhooks");
    let hooks = list(object, "webhooks");
    let mut names = Distinct::default();
    for (at, hook) in hooks.iter().enumerate() {
        let (at_path, name) = (path.index(at), text(hook, "name"));
        if !name.is_empty() {
            for why in fully_qualified(name) {
                faults.invalid_text(&at_path.child("name"), name, why);
            }
            if names.repeats(name) {
                faults.duplicate(&at_path.child("name"), &name.into());
            }
        }
        match text(hook, "sideEffects") {
            "" => faults.required(&at_path.child("sideEffects"), "must specify one of None, NoneOnDryRun"),
            effects => faults.one_of(&at_path.child("sideEffects"), Some(&effects.into()), &["None", "NoneOnDryRun"]),
        }
        versions(list(hook, "admissionReviewVersions"), &at_path.child("admissionReviewVersions"), faults);
        client_config(&hook["clientConfig"], &at_path.child("clientConfig"), faults);
        conditions(list(hook, "matchConditions"), &at_path.child("matchConditions"), faults);
    }
}

fn versions(versions: &[Value], path: &Path<'_>, faults: &mut Faults) {
    if versions.is_empty() {
        return faults.required(path, "must specify one of v1, v1beta1");
    }
    let mut known = Distinct::default();
    for (at, version) in versions.iter().enumerate() {
        let text = version.as_str().unwrap_or_default();
        if known.repeats(version) {
            faults.invalid_text(&path.index(at), text, "duplicate version");
        } else if let Some(why) = dns1035_label_fault(text) {
            faults.invalid_text(&path.index(at), text, why);
        }
    }
    if !versions.iter().any(|version| VERSIONS.contains(&version.as_str().unwrap_or_default())) {
        faults.invalid(path, &versions.into(), "must include at least one of v1, v1beta1");
    }
}

/// Where a webhook is: at one URL, or behind one Service.
pub(crate) fn client_config(config: &Value, path: &Path<'_>, faults: &mut Faults) {
    match (config.get("url").and_then(Value::as_str), config.get("service")) {
        (Some(url), None) => self::url(url, &path.child("url"), faults),
        (None, Some(service)) => self::service(service, &path.child("service"), faults),
        _ => faults.required(path, "exactly one of url or service is required"),
    }
}

fn url(url: &str, path: &Path<'_>, faults: &mut Faults) {
    let mut escapes = url.match_indices('%').filter_map(|(at, _)| url.get(at..).map(|rest| rest.get(..3).unwrap_or(rest)));
    let odd = |escape: &&str| escape.len() < 3 || !escape.bytes().skip(1).all(|letter| letter.is_ascii_hexdigit());
    if let Some(escape) = escapes.rfind(odd) {
        let why = format!("url must be a valid URL: parse {url:?}: invalid URL escape {escape:?}; {URL_FORM}");
        return faults.required(path, &why);
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    if scheme != "https" {
        faults.invalid_text(path, scheme, format!("'https' is the only allowed URL scheme; {URL_FORM}"));
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if host.is_empty() {
        faults.invalid_text(path, host, format!("host must be specified; {URL_FORM}"));
    }
    for (part, what) in [(user, "user information is"), (fragment, "fragments are"), (query, "query parameters are")] {
        if !part.is_empty() {
            faults.invalid_text(path, part, format!("{what} not permitted in the URL"));
        }
    }
}

fn service(service: &Value, path: &Path<'_>, faults: &mut Faults) {
    // Upstream takes the two for one another.
    for (field, missing) in [("name", "namespace"), ("namespace", "name")] {
        if text(service, missing).is_empty() {
            faults.required(&path.child(field), "");
        }
    }
    if service.get("port").and_then(Value::as_i64).is_some_and(|port| !(1..=65_535).contains(&port)) {
        let why = "port is not valid: must be between 1 and 65535, inclusive";
        faults.invalid(&path.child("port"), &service["port"], why);
    }
    if let Some(place) = service.get("path").and_then(Value::as_str) {
        webhook_path(place, &path.child("path"), faults);
    }
}

/// Conditions under names of their own: at most 64.
pub(super) fn conditions(conditions: &[Value], path: &Path<'_>, faults: &mut Faults) {
    const MOST: usize = 64;
    if conditions.len() > MOST {
        faults.too_many(path, conditions.len() as u64, MOST as u64);
    }
    let mut names = Distinct::default();
    for (at, condition) in conditions.iter().enumerate() {
        let (at_path, name) = (path.index(at), text(condition, "name"));
        if text(condition, "expression").trim().is_empty() {
            faults.required(&at_path.child("expression"), "");
        }
        if name.is_empty() {
            faults.required(&at_path.child("name"), "");
            continue;
        }
        for why in crate::selector::label_key_faults(name) {
            faults.invalid_text(&at_path.child("name"), name, why);
        }
        if names.repeats(name) {
            faults.duplicate(&at_path.child("name"), &name.into());
        }
    }
}

/// `admissionregistration.v1.RuleWithOperations` and the same with names: what is caught.
pub(super) fn rule(rule: &Value, path: &Path<'_>, faults: &mut Faults) {
    let operations = list(rule, "operations");
    let field = path.child("operations");
    if operations.is_empty() {
        faults.required(&field, "");
    }
    alone(operations, "operations", &field, faults);
    for (at, operation) in operations.iter().enumerate() {
        faults.one_of(&field.index(at), Some(operation), &OPERATIONS);
    }
    for (name, what) in [("apiGroups", "API groups"), ("apiVersions", "API versions")] {
        let field = path.child(name);
        if list(rule, name).is_empty() {
            faults.required(&field, "");
        }
        alone(list(rule, name), what, &field, faults);
    }
    let field = path.child("apiVersions");
    for (at, _) in list(rule, "apiVersions").iter().enumerate().filter(|(_, version)| **version == "") {
        faults.required(&field.index(at), "");
    }
    resources(list(rule, "resources"), &path.child("resources"), faults);
}

/// `*` stands alone.
fn alone(items: &[Value], what: &str, path: &Path<'_>, faults: &mut Faults) {
    if items.len() > 1 && items.iter().any(|item| item == "*") {
        faults.invalid(path, &items.into(), format!("if '*' is present, must not specify other {what}"));
    }
}

fn resources(resources: &[Value], path: &Path<'_>, faults: &mut Faults) {
    if resources.is_empty() {
        faults.required(path, "");
    }
    let texts: Vec<&str> = resources.iter().map(|resource| resource.as_str().unwrap_or_default()).collect();
    let mut before: Distinct<(&str, &str)> = Distinct::default();
    for (at, text) in texts.iter().enumerate() {
        if text.is_empty() {
            faults.required(&path.index(at), "");
        }
        let Some((resource, sub)) = text.split_once('/') else { continue };
        if before.has(&(resource, "*")) {
            faults.invalid_text(&path.index(at), text, format!("if '{resource}/*' is present, must not specify {text}"));
        }
        if before.has(&("*", sub)) {
            faults.invalid_text(&path.index(at), text, format!("if '*/{sub}' is present, must not specify {text}"));
        }
        before.repeats((resource, sub));
    }
    if texts.len() > 1 && texts.contains(&"*/*") {
        faults.invalid(path, &resources.into(), "if '*/*' is present, must not specify other resources");
    }
    if texts.contains(&"*") && texts.iter().any(|text| *text != "*" && !text.contains('/')) {
        let why = "if '*' is present, must not specify other resources without subresources";
        faults.invalid(path, &resources.into(), why);
    }
}
