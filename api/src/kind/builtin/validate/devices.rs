//! Devices: classes of them, claims to them, and what drivers offer.

use std::collections::HashMap;

use serde_json::Value;

use super::device_expression::device_expression;
use super::device_status::device_statuses;
use super::storage::driver_name;
use super::{list, number, text};
use crate::kind::validate::{ByText, Distinct, Faults, Path, dns_subdomain_fault};

const MAX_DEVICES: usize = 128;
const MAX_REQUESTS: usize = 32;
const MAX_CONSTRAINTS: usize = 32;
const MAX_CONFIGS: usize = 32;
const MAX_RESULTS: usize = 32;
const MAX_ALTERNATIVES: usize = 8;
const MAX_SELECTORS: usize = 32;
const MAX_ATTRIBUTES: usize = 32;
const REFERENCE: &str = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

fn at_most(items: &[Value], most: usize, path: &Path<'_>, faults: &mut Faults) {
    if items.len() > most {
        faults.too_many(path, items.len() as u64, most as u64);
    }
}

/// `resource.v1.DeviceClaim`: constraints and settings are of requests that are there.
pub(super) fn device_claim(claim: &Value, path: &Path<'_>, faults: &mut Faults) {
    let requests = list(claim, "requests");
    at_most(requests, MAX_REQUESTS, &path.child("requests"), faults);
    let by_name = ByText::of(requests, "name");
    let mut parts: HashMap<&str, ByText<'_>> = HashMap::new();
    let mut known = |name: &str| {
        let (own, sub) = name.split_once('/').map_or((name, None), |(own, sub)| (own, Some(sub)));
        by_name.get(own).is_some_and(|request| {
            let of = || ByText::of(list(request, "firstAvailable"), "name");
            sub.is_none_or(|sub| parts.entry(text(request, "name")).or_insert_with(of).has(sub))
        })
    };
    for (name, most) in [("constraints", MAX_CONSTRAINTS), ("config", MAX_CONFIGS)] {
        let field = path.child(name);
        at_most(list(claim, name), most, &field, faults);
        for (at, item) in list(claim, name).iter().enumerate() {
            let at = field.index(at);
            let field = at.child("requests");
            for (number, reference) in list(item, "requests").iter().enumerate() {
                let reference = reference.as_str().unwrap_or_default();
                if !known(reference) {
                    faults.invalid_text(&field.index(number), reference, REFERENCE);
                }
            }
            if name == "constraints" && item.get("matchAttribute").is_none() && item.get("distinctAttribute").is_none() {
                faults.required(&at.child("matchAttribute"), "");
            }
            if name == "config" && item.get("opaque").is_none() {
                faults.required(&at.child("opaque"), "");
            }
        }
    }
}

/// `resource.v1.DeviceRequest`: one thing, or the first of several.
pub(super) fn device_request(request: &Value, path: &Path<'_>, faults: &mut Faults) {
    let alternatives = list(request, "firstAvailable");
    match (request.get("exactly").is_some(), !alternatives.is_empty()) {
        (false, false) => faults.required(path, "exactly one of `exactly` or `firstAvailable` is required"),
        (true, true) => {
            let why = "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set";
            faults.invalid(path, &Value::Null, why);
        }
        _ => {}
    }
    at_most(alternatives, MAX_ALTERNATIVES, &path.child("firstAvailable"), faults);
}

/// `resource.v1.ExactDeviceRequest` and `resource.v1.DeviceSubRequest`: of a class, so many.
pub(super) fn device_amount(request: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (field, count) = (path.child("count"), number(request, "count"));
    match text(request, "allocationMode") {
        "All" if count != 0 => faults.invalid(&field, &count.into(), "must not be specified when allocationMode is 'All'"),
        "ExactCount" if count <= 0 => faults.invalid(&field, &count.into(), "must be greater than zero"),
        _ => {}
    }
    at_most(list(request, "selectors"), MAX_SELECTORS, &path.child("selectors"), faults);
}

/// `resource.v1.DeviceSelector`.
pub(super) fn device_selector(selector: &Value, path: &Path<'_>, faults: &mut Faults) {
    const MAX: usize = 10 * 1024;
    match selector.get("cel") {
        None => faults.required(&path.child("cel"), ""),
        Some(cel) if text(cel, "expression").len() > MAX => {
            let field = path.child("cel");
            faults.too_long(&field.child("expression"), MAX);
        }
        Some(cel) => {
            let field = path.child("cel");
            device_expression(text(cel, "expression"), &field.child("expression"), faults);
        }
    }
}

/// `resource.v1.OpaqueDeviceConfiguration`: settings of a driver.
pub(super) fn opaque(config: &Value, path: &Path<'_>, faults: &mut Faults) {
    const MAX: usize = 10 * 1024;
    driver_name(text(config, "driver"), &path.child("driver"), faults);
    let field = path.child("parameters");
    match config.get("parameters") {
        None | Some(Value::Null) => faults.required(&field, ""),
        Some(Value::Object(_)) if config["parameters"].to_string().len() > MAX => faults.too_long(&field, MAX),
        Some(Value::Object(_)) => {}
        Some(other) => faults.invalid(&field, other, "must be a valid JSON object"),
    }
}

/// `resource.v1.DeviceClassSpec`.
pub(super) fn device_class(class: &Value, path: &Path<'_>, faults: &mut Faults) {
    at_most(list(class, "selectors"), MAX_SELECTORS, &path.child("selectors"), faults);
    at_most(list(class, "config"), MAX_CONFIGS, &path.child("config"), faults);
}

/// What is allocated of a claim stays until it is given back; users are of something allocated.
pub(super) fn claim_status(new: &Value, old: &Value, faults: &mut Faults) {
    const MAX_USERS: usize = 256;
    let (now, before) = (&new["status"], &old["status"]);
    let path = Path::new("status");
    let (field, users) = (path.child("reservedFor"), list(now, "reservedFor"));
    at_most(users, MAX_USERS, &field, faults);
    let mut uids = Distinct::default();
    for (at, user) in users.iter().enumerate() {
        let at_path = field.index(at);
        for name in ["resource", "name", "uid"].into_iter().filter(|name| text(user, name).is_empty()) {
            faults.required(&at_path.child(name), "");
        }
        if uids.repeats(&user["uid"]) {
            faults.duplicate(&at_path, user);
        }
    }
    device_statuses(now, &path.child("devices"), faults);
    let former: Distinct<&Value> = list(before, "reservedFor").iter().collect();
    if !users.is_empty() && now.get("allocation").is_none() {
        faults.forbidden(&field, "may not be specified when `allocated` is not set");
    } else if new["metadata"].get("deletionTimestamp").is_some() && users.iter().any(|user| !former.has(&user)) {
        let why = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
        faults.forbidden(&field, why);
    }
    if let (Some(now), Some(before)) = (now.get("allocation"), before.get("allocation"))
        && now != before
    {
        faults.invalid(&path.child("allocation"), now, "field is immutable");
    } else if let (Some(now), None) = (now.get("allocation"), before.get("allocation")) {
        let field = path.child("allocation");
        let field = field.child("devices");
        at_most(list(&now["devices"], "results"), MAX_RESULTS, &field.child("results"), faults);
        at_most(list(&now["devices"], "config"), 2 * MAX_CONFIGS, &field.child("config"), faults);
    }
}

/// `resource.v1.ResourceSliceSpec`: where, of which pool, and what.
pub(super) fn slice(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    const PLACES: [&str; 4] = ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"];
    driver_name(text(spec, "driver"), &path.child("driver"), faults);
    let given: Vec<&str> = PLACES.into_iter().filter(|place| spec.get(*place).is_some_and(|value| *value != false)).collect();
    match given.as_slice() {
        [] => {
            let why = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
            faults.required(path, why);
        }
        [_] => {}
        several => {
            let shown = format!("{{{}}}", several.join(", "));
            let why = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, \
                       but multiple fields are set";
            faults.invalid_text(path, &shown, why);
        }
    }
    if list(&spec["nodeSelector"], "nodeSelectorTerms").len() > 1 {
        let selector = path.child("nodeSelector");
        let terms = Value::from(list(&spec["nodeSelector"], "nodeSelectorTerms"));
        faults.invalid(&selector.child("nodeSelectorTerms"), &terms, "must have exactly one node selector term");
    }
    pool(&spec["pool"], &path.child("pool"), faults);
    at_most(list(spec, "devices"), MAX_DEVICES, &path.child("devices"), faults);
}

/// The name of a pool: parts with slashes between them.
pub(super) fn pool_name(name: &str, path: &Path<'_>, faults: &mut Faults) {
    const MAX: usize = 253;
    if name.len() > MAX {
        faults.too_long(path, MAX);
    }
    for part in name.split('/').filter(|_| !name.is_empty()) {
        if let Some(why) = dns_subdomain_fault(part) {
            faults.invalid_text(path, part, why);
        }
    }
}

fn pool(pool: &Value, path: &Path<'_>, faults: &mut Faults) {
    pool_name(text(pool, "name"), &path.child("name"), faults);
    for (field, least, why) in
        [("resourceSliceCount", 1, "must be greater than zero"), ("generation", 0, "must be greater than or equal to zero")]
    {
        if number(pool, field) < least {
            faults.invalid(&path.child(field), &number(pool, field).into(), why);
        }
    }
}

/// `resource.v1.Device`: attributes of one value each.
pub(super) fn device(device: &Value, path: &Path<'_>, faults: &mut Faults) {
    let count = |field: &str| device[field].as_object().map_or(0, serde_json::Map::len);
    if count("attributes") + count("capacity") > MAX_ATTRIBUTES {
        let why = format!("the total number of attributes and capacities must not exceed {MAX_ATTRIBUTES}");
        let total = count("attributes") + count("capacity");
        faults.invalid(path, &total.into(), why);
    }
    for field in ["attributes", "capacity"] {
        let field_path = path.child(field);
        for (key, value) in device[field].as_object().into_iter().flatten() {
            qualified(key, &field_path.key(key), faults);
            let values = value.as_object().map_or(0, serde_json::Map::len);
            if field == "attributes" && values != 1 {
                let at = field_path.key(key);
                match values {
                    0 => faults.required(&at, "exactly one value must be specified"),
                    _ => faults.invalid(&at, value, "exactly one value must be specified"),
                }
            }
        }
    }
}

/// An identifier, with or without the domain that defines it.
fn qualified(key: &str, path: &Path<'_>, faults: &mut Faults) {
    const MAX_DOMAIN: usize = 63;
    const MAX_NAME: usize = 32;
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    if let Some(domain) = domain {
        if domain.len() > MAX_DOMAIN {
            faults.too_long(path, MAX_DOMAIN);
        }
        if let Some(why) = dns_subdomain_fault(domain) {
            faults.invalid_text(path, domain, why);
        }
    }
    let mut bytes = name.bytes();
    let plain = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.len() > MAX_NAME {
        faults.too_long(path, MAX_NAME);
    }
    if !plain {
        let why = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters \
                   or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
        faults.invalid_text(path, name, why);
    }
}

/// `resource.v1.DeviceToleration`.
pub(super) fn device_toleration(toleration: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (operator, value) = (text(toleration, "operator"), text(toleration, "value"));
    if text(toleration, "key").is_empty() && operator == "Equal" {
        let why = "must be Exists when `key` is empty, which means \"match all values and all keys\"";
        faults.invalid_text(&path.child("operator"), operator, why);
    }
    if operator == "Exists" && !value.is_empty() {
        faults.invalid_text(&path.child("value"), value, "must be empty for operator `Exists`");
    }
}
