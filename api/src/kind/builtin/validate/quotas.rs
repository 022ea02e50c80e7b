//! Quotas and ranges of limits.

use serde_json::Value;

use super::containers::{Claims, Of, amount_of, requirements};
use super::resource_names::{is_counted, may_overcommit, name_faults};
use super::{SPEC, list, text};
use crate::kind::validate::{Distinct, Faults, Path};
use crate::quantity::Quantity;

const SCOPES: [&str; 7] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];
const PODS_ONLY: [&str; 6] =
    ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "PriorityClass", "CrossNamespacePodAffinity"];
const COMPUTE: [&str; 11] = [
    "pods",
    "cpu",
    "memory",
    "ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "count/pods",
];
const LIMIT_KINDS: [&str; 3] = ["Pod", "Container", "PersistentVolumeClaim"];

/// Known resources; scopes that do not exclude one another and go with the resources.
pub(super) fn resource_quota(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    amounts(&spec["hard"], &path.child("hard"), faults);
    let (field, all) = (path.child("scopes"), list(spec, "scopes"));
    let shown = Value::from(all);
    let scopes: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
    let names = spec["hard"].as_object().into_iter().flat_map(|hard| hard.keys());
    let counted: Vec<&str> = names.map(String::as_str).filter(|name| is_counted(name)).collect();
    for scope in &scopes {
        if !SCOPES.contains(scope) {
            faults.invalid(&field, &shown, "unsupported scope");
        }
        unfit(scope, &counted, &shown, &field, faults);
    }
    conflicts(&scopes, &shown, &field, faults);
    let selector = path.child("scopeSelector");
    let field = selector.child("matchExpressions");
    let expressions = list(&spec["scopeSelector"], "matchExpressions");
    for expression in expressions {
        scope_expression(expression, &counted, &spec["scopeSelector"], &field, faults);
    }
    let scopes: Vec<&str> = expressions.iter().map(|expression| text(expression, "scopeName")).collect();
    conflicts(&scopes, &shown, &field, faults);
}

/// None of the `counted` resources of the quota is one that objects in `scope` have nothing of.
fn unfit(scope: &str, counted: &[&str], shown: &Value, path: &Path<'_>, faults: &mut Faults) {
    let fits = |name: &str| match scope {
        "BestEffort" => matches!(name, "pods" | "count/pods"),
        _ => COMPUTE.contains(&name),
    };
    if scope != "BestEffort" && !PODS_ONLY.contains(&scope) || faults.is_full() {
        return;
    }
    for _ in counted.iter().filter(|name| !fits(name)) {
        faults.invalid(path, shown, "unsupported scope applied to resource");
    }
}

fn conflicts(scopes: &[&str], shown: &Value, path: &Path<'_>, faults: &mut Faults) {
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| scopes.contains(scope)) {
            faults.invalid(path, shown, "conflicting scopes");
        }
    }
}

/// Upstream tells the faults of an expression of the list.
fn scope_expression(expression: &Value, counted: &[&str], shown: &Value, path: &Path<'_>, faults: &mut Faults) {
    const EXISTS: &str = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, \
                          ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    let (scope, operator) = (text(expression, "scopeName"), text(expression, "operator"));
    if !SCOPES.contains(&scope) {
        faults.invalid_text(&path.child("scopeName"), scope, "unsupported scope");
    }
    unfit(scope, counted, shown, path, faults);
    let by_existence = PODS_ONLY.contains(&scope) && scope != "PriorityClass";
    if by_existence && operator != "Exists" {
        faults.invalid_text(&path.child("operator"), operator, EXISTS);
    }
    let values = list(expression, "values");
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            faults.required(
                &path.child("values"),
                "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
            );
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
            faults.invalid(&path.child("values"), &values.into(), why);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => faults.invalid_text(&path.child("operator"), other, "not a valid selector operator"),
    }
}

fn amounts(amounts: &Value, path: &Path<'_>, faults: &mut Faults) {
    for (name, amount) in amounts.as_object().into_iter().flatten() {
        let at = path.key(name);
        for why in name_faults(name) {
            faults.invalid_text(&at, name, why);
        }
        if !name.contains('/') && !is_counted(name) {
            faults.invalid_text(&at, name, "must be a standard resource for quota");
        }
        amount_of(name, amount, &at, faults);
    }
}

/// The scopes of a quota stay.
pub(super) fn resource_quota_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let scopes = |quota: &Value| {
        let mut scopes: Vec<String> =
            list(&quota["spec"], "scopes").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        scopes.sort();
        scopes.dedup();
        scopes
    };
    if scopes(new) != scopes(old) {
        faults.invalid(&path.child("scopes"), &new["spec"]["scopes"], "field is immutable");
    }
}

/// What is told of a quota.
pub(super) fn resource_quota_status(new: &Value, _old: &Value, faults: &mut Faults) {
    let path = Path::new("status");
    for field in ["hard", "used"] {
        amounts(&new["status"][field], &path.child(field), faults);
    }
}

/// Minima, defaults and maxima in this order.
pub(super) fn limit_range(object: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let (field, items) = (path.child("limits"), list(&object["spec"], "limits"));
    let mut kinds = Distinct::default();
    for (at, item) in items.iter().enumerate() {
        let (at_path, kind) = (field.index(at), text(item, "type"));
        for why in crate::selector::label_key_faults(kind) {
            faults.invalid_text(&at_path.child("type"), kind, why);
        }
        if !kind.is_empty() && !kind.contains('/') && !LIMIT_KINDS.contains(&kind) {
            faults.invalid_text(&at_path.child("type"), kind, "must be a standard limit type or fully qualified");
        }
        if kinds.repeats(kind) {
            faults.duplicate(&at_path.child("type"), &kind.into());
        }
        limit(item, kind, &at_path, faults);
    }
}

fn limit(item: &Value, kind: &str, path: &Path<'_>, faults: &mut Faults) {
    const LISTS: [&str; 5] = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];
    let of_pods = matches!(kind, "Pod" | "Container");
    let mut names: Vec<&String> = Vec::new();
    for list_name in LISTS {
        let Some(amounts) = item[list_name].as_object().filter(|amounts| !amounts.is_empty()) else { continue };
        let field = path.child(list_name);
        if kind == "Pod" && list_name.starts_with("default") {
            faults.forbidden(&field, "may not be specified when `type` is 'Pod'");
            continue;
        }
        for name in amounts.keys() {
            let plain = matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
            for why in name_faults(name) {
                faults.invalid_text(&field.key(name), name, why);
            }
            if of_pods && !name.contains('/') && !plain {
                faults.invalid_text(&field.key(name), name, "must be a standard resource for containers");
            }
            names.push(name);
        }
    }
    if kind == "PersistentVolumeClaim" && item["min"].get("storage").is_none() && item["max"].get("storage").is_none() {
        let why = "either minimum or maximum storage value is required, but neither was provided";
        faults.required(&path.child("limits"), why);
    }
    names.sort();
    names.dedup();
    for name in names {
        order(item, name, path, faults);
    }
}

fn order(item: &Value, name: &str, path: &Path<'_>, faults: &mut Faults) {
    let of = |list: &str| item[list].get(name).and_then(|amount| Quantity::from_value(amount).ok());
    let (min, max, default, request) = (of("min"), of("max"), of("default"), of("defaultRequest"));
    let pairs = [
        (min, "min", max, "max", "min", 0),
        (min, "min", request, "default request", "defaultRequest", 1),
        (request, "default request", max, "max", "defaultRequest", 0),
        (request, "default request", default, "default limit", "defaultRequest", 0),
        (min, "min", default, "default", "default", 0),
        (default, "default", max, "max", "default", 1),
    ];
    for (low, low_name, high, high_name, field, shown) in pairs {
        let (Some(low), Some(high)) = (low, high) else { continue };
        if low > high {
            let field = path.child(field);
            let value = if shown == 0 { low } else { high }.to_string();
            let why = format!("{low_name} value {low} is greater than {high_name} value {high}");
            faults.invalid_text(&field.key(name), &value, why);
        }
    }
    let field = path.child("maxLimitRequestRatio");
    if let Some(ratio) = of("maxLimitRequestRatio") {
        if ratio.millis() < 1000 {
            faults.invalid_text(&field.key(name), &ratio.to_string(), format!("ratio {ratio} is less than 1"));
        }
        if let (Some(min), Some(max)) = (min.filter(|min| !min.is_zero()), max) {
            let most = max.millis() as f64 / min.millis() as f64;
            if ratio.millis() as f64 / 1000.0 > most {
                faults.invalid_text(
                    &field.key(name),
                    &ratio.to_string(),
                    format!("ratio {ratio} is greater than max/min = {most:.6}"),
                );
            }
        }
    }
    if let (Some(default), Some(request), false) = (default, request, may_overcommit(name))
        && default != request
    {
        let field = path.child("defaultRequest");
        let why = format!("default value {default} must equal to defaultRequest value {request} in {name}");
        faults.invalid_text(&field.key(name), &request.to_string(), why);
    }
}

/// `node.v1.Overhead`: amounts of a pod of a runtime class.
pub(super) fn overhead(overhead: &Value, path: &Path<'_>, faults: &mut Faults) {
    let limits = serde_json::json!({"limits": overhead["podFixed"]});
    requirements(&limits, Of::Container, &Claims::default(), &path.child("podFixed"), faults);
}
