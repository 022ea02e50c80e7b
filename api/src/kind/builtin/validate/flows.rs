//! Schemas of flows and the levels of priority they lead to.

use serde_json::{Value, json};

use super::{SPEC, fixed_flows, flag, list, number, text};
use crate::kind::validate::{Faults, Path, dns_label_fault, dns_subdomain_fault};

pub(super) const EXEMPT: &str = "exempt";
pub(super) const CATCH_ALL: &str = "catch-all";
const VERBS: [&str; 10] = ["*", "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const MAX_PRECEDENCE: i64 = 10_000;
const MAX_QUEUES: i64 = 10 * 1000 * 1000;

pub(super) fn flow_schema(object: &Value, faults: &mut Faults) {
    let (name, spec) = (text(&object["metadata"], "name"), &object["spec"]);
    let path: Path<'_> = SPEC;
    let (field, precedence) = (path.child("matchingPrecedence"), number(spec, "matchingPrecedence"));
    if precedence <= 0 {
        faults.invalid(&field, &precedence.into(), "must be a positive value");
    }
    if precedence > MAX_PRECEDENCE {
        faults.invalid(&field, &precedence.into(), format!("must not be greater than {MAX_PRECEDENCE}"));
    }
    if precedence == 1 && name != EXEMPT {
        faults.invalid(&field, &precedence.into(), "only the schema named 'exempt' may have matchingPrecedence 1");
    }
    if let Some(method) = spec.get("distinguisherMethod") {
        let field = path.child("distinguisherMethod");
        faults.one_of(&field.child("type"), Some(&text(method, "type").into()), &["ByNamespace", "ByUser"]);
    }
    let level = text(&spec["priorityLevelConfiguration"], "name");
    let field = path.child("priorityLevelConfiguration");
    match dns_subdomain_fault(level) {
        _ if level.is_empty() => faults.required(&field.child("name"), "must reference a priority level"),
        Some(why) => faults.invalid_text(&field.child("name"), level, why),
        None => {}
    }
    let field = path.child("rules");
    for (at, one) in list(spec, "rules").iter().enumerate() {
        rule(one, &field.index(at), faults);
    }
    if fixed_flows::schema(name).is_some_and(|fixed| fixed_flows::ordered(spec) != fixed) {
        faults.invalid(&SPEC, spec, format!("spec of '{name}' must equal the fixed value"));
    }
}

fn rule(rule: &Value, path: &Path<'_>, faults: &mut Faults) {
    if list(rule, "subjects").is_empty() {
        faults.required(&path.child("subjects"), "subjects must contain at least one value");
    }
    let field = path.child("subjects");
    for (at, one) in list(rule, "subjects").iter().enumerate() {
        subject(one, &field.index(at), faults);
    }
    if list(rule, "resourceRules").is_empty() && list(rule, "nonResourceRules").is_empty() {
        faults.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
    }
    let field = path.child("resourceRules");
    for (at, one) in list(rule, "resourceRules").iter().enumerate() {
        resource_rule(one, &field.index(at), faults);
    }
    let field = path.child("nonResourceRules");
    for (at, one) in list(rule, "nonResourceRules").iter().enumerate() {
        let at = field.index(at);
        verbs(one, &at, faults);
        let urls = list(one, "nonResourceURLs");
        words(urls, "nonResourceURLs must contain at least one value", "non-resource URLs", &at.child("nonResourceURLs"), faults);
    }
}

fn subject(subject: &Value, path: &Path<'_>, faults: &mut Faults) {
    const FIELDS: [(&str, &str); 3] = [("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")];
    let kind = text(subject, "kind");
    if !FIELDS.iter().any(|(known, _)| *known == kind) {
        return faults.unsupported(&path.child("kind"), kind, &["Group", "ServiceAccount", "User"]);
    }
    for (known, field) in FIELDS {
        match subject.get(field) {
            None if known == kind => {
                faults.required(&path.child(field), &format!("{field} is required when subject kind is '{kind}'"))
            }
            Some(_) if known != kind => {
                faults.forbidden(&path.child(field), format!("{field} is forbidden when subject kind is not '{known}'"));
            }
            Some(who) if kind == "ServiceAccount" => service_account(who, &path.child(field), faults),
            _ => {}
        }
    }
}

fn service_account(who: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (name, namespace) = (text(who, "name"), text(who, "namespace"));
    if let Some(why) = dns_subdomain_fault(name).filter(|_| !matches!(name, "" | "*")) {
        faults.invalid_text(&path.child("name"), name, why);
    }
    if let Some(why) = dns_label_fault(namespace).filter(|_| !namespace.is_empty()) {
        faults.invalid_text(&path.child("namespace"), namespace, why);
    }
}

fn resource_rule(rule: &Value, path: &Path<'_>, faults: &mut Faults) {
    verbs(rule, path, faults);
    let groups = list(rule, "apiGroups");
    words(groups, "resource rules must supply at least one api group", "api groups", &path.child("apiGroups"), faults);
    let resources = list(rule, "resources");
    words(resources, "resource rules must supply at least one resource", "resources", &path.child("resources"), faults);
    let (field, namespaces) = (path.child("namespaces"), list(rule, "namespaces"));
    if !namespaces.is_empty() || !flag(rule, "clusterScope") {
        let why = "resource rules that are not cluster scoped must supply at least one namespace";
        words(namespaces, why, "namespaces", &field, faults);
    }
    for (at, namespace) in namespaces.iter().enumerate() {
        let namespace = namespace.as_str().unwrap_or_default();
        if let Some(why) = dns_label_fault(namespace).filter(|_| namespace != "*") {
            let why = format!("each member of this list must be '*' or a DNS-1123 label; {why}");
            faults.invalid_text(&field.index(at), namespace, why);
        }
    }
}

fn verbs(rule: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (field, verbs) = (path.child("verbs"), list(rule, "verbs"));
    words(verbs, "verbs must contain at least one value", "verbs", &field, faults);
    if !verbs.iter().all(|verb| VERBS.contains(&verb.as_str().unwrap_or_default())) {
        faults.unsupported_value(&field, &verbs.into(), VERBS.iter().filter(|verb| **verb != "*").map(|verb| (*verb).to_owned()));
    }
}

/// A list that is not empty, in which `*` stands alone.
fn words(items: &[Value], why: &str, what: &str, path: &Path<'_>, faults: &mut Faults) {
    if items.is_empty() {
        faults.required(path, why);
    } else if items.len() > 1 && items.iter().any(|item| item == "*") {
        faults.invalid(path, &items.into(), format!("if '*' is present, must not specify other {what}"));
    }
}

pub(super) fn priority_level(object: &Value, faults: &mut Faults) {
    let (name, spec) = (text(&object["metadata"], "name"), &object["spec"]);
    let path: Path<'_> = SPEC;
    let kind = text(spec, "type");
    if (name == EXEMPT) != (kind == "Exempt") {
        faults.invalid_text(&path.child("type"), kind, "type must be 'Exempt' if and only if name is 'exempt'");
    }
    match kind {
        "Exempt" => {
            if spec.get("limited").is_some() {
                faults.forbidden(&path.child("limited"), "must be nil if the type is not Limited");
            }
            shares(&spec["exempt"], &path.child("exempt"), faults);
        }
        "Limited" => {
            if spec.get("exempt").is_some() {
                faults.forbidden(&path.child("exempt"), "must be nil if the type is Limited");
            }
            match spec.get("limited") {
                None => faults.required(&path.child("limited"), "must not be empty when type is Limited"),
                Some(limited) => self::limited(limited, name, &path.child("limited"), faults),
            }
        }
        other => faults.unsupported(&path.child("type"), other, &["Exempt", "Limited"]),
    }
    // What the level of exempt requests may take is the only thing that is for users to say.
    let mut fixed_part = spec.clone();
    let exempt = name == EXEMPT;
    fixed_part.as_object_mut().filter(|_| exempt).map(|spec| spec.shift_remove("exempt"));
    if fixed_flows::level(name).is_some_and(|fixed| fixed != fixed_part) {
        let but = if exempt { " except the 'spec.exempt' field" } else { "" };
        faults.invalid(&SPEC, spec, format!("spec of '{name}'{but} must equal the fixed value"));
    }
}

fn shares(limits: &Value, path: &Path<'_>, faults: &mut Faults) {
    if number(limits, "nominalConcurrencyShares") < 0 {
        let why = "must be a non-negative integer";
        faults.invalid(&path.child("nominalConcurrencyShares"), &limits["nominalConcurrencyShares"], why);
    }
    if !(0..=100).contains(&number(limits, "lendablePercent")) {
        faults.invalid(&path.child("lendablePercent"), &limits["lendablePercent"], "must be between 0 and 100, inclusive");
    }
}

fn limited(limited: &Value, name: &str, path: &Path<'_>, faults: &mut Faults) {
    shares(limited, path, faults);
    if number(limited, "borrowingLimitPercent") < 0 {
        let why = "if specified, must be a non-negative integer";
        faults.invalid(&path.child("borrowingLimitPercent"), &limited["borrowingLimitPercent"], why);
    }
    let (response, field) = (&limited["limitResponse"], path.child("limitResponse"));
    let queuing = response.get("queuing");
    match text(response, "type") {
        _ if name == CATCH_ALL && *response != json!({"type": "Reject"}) => {
            let why = "limitResponse.type of catch-all must be Reject";
            faults.invalid_text(&field.child("type"), text(response, "type"), why);
        }
        "Reject" => {
            if queuing.is_some() {
                faults.forbidden(&field.child("queuing"), "must be nil if limited.limitResponse.type is not Limited");
            }
        }
        "Queue" => match queuing {
            None => faults.required(&field.child("queuing"), "must not be empty if limited.limitResponse.type is Limited"),
            Some(queuing) => self::queuing(queuing, &field.child("queuing"), faults),
        },
        other => faults.unsupported(&field.child("type"), other, &["Queue", "Reject"]),
    }
}

fn queuing(queuing: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (queues, hand) = (number(queuing, "queues"), number(queuing, "handSize"));
    for field in ["queueLengthLimit", "queues", "handSize"] {
        if number(queuing, field) <= 0 {
            faults.invalid(&path.child(field), &number(queuing, field).into(), "must be positive");
        }
    }
    if queues > MAX_QUEUES {
        faults.invalid(&path.child("queues"), &queues.into(), format!("must not be greater than {MAX_QUEUES}"));
    }
    if hand > queues {
        let why = format!("should not be greater than queues ({queues})");
        faults.invalid(&path.child("handSize"), &hand.into(), why);
    }
}
