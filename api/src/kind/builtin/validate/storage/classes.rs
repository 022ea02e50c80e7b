//! Classes of volumes and their attributes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::walk::same_items;
use super::super::{list, text};
use crate::kind::validate::{Distinct, Faults, Path};
use crate::selector::label_key_faults;

const MAX_PARAMETERS: usize = 512;
const MAX_PARAMETERS_SIZE: usize = 256 * 1024;

pub(in super::super) fn storage_class(class: &Value, faults: &mut Faults) {
    let provisioner = text(class, "provisioner");
    if !provisioner.is_empty() {
        for why in label_key_faults(&provisioner.to_ascii_lowercase()) {
            faults.invalid_text(&Path::new("provisioner"), provisioner, why);
        }
    }
    parameters(class, true, faults);
    let path = Path::new("allowedTopologies");
    let terms = list(class, "allowedTopologies");
    let mut known = Distinct::default();
    for (at, term) in terms.iter().enumerate() {
        // Upstream takes a term that asks for nothing for one that it has seen.
        let nothing = list(term, "matchLabelExpressions").is_empty();
        if known.repeats(by_label(term)) || nothing {
            let at = path.index(at);
            faults.duplicate(&at.child("matchLabelExpressions"), &"".into());
        }
    }
}

/// What a term asks for, in whatever order.
fn by_label(term: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let expressions = list(term, "matchLabelExpressions").iter();
    let asked = expressions
        .map(|expression| (text(expression, "key"), list(expression, "values").iter().filter_map(Value::as_str).collect()));
    asked.collect()
}

pub(in super::super) fn attributes_class(class: &Value, faults: &mut Faults) {
    let driver = text(class, "driverName");
    if !driver.is_empty() {
        super::csi::driver_name(driver, &Path::new("driverName"), faults);
    }
    parameters(class, false, faults);
}

/// Nothing of a class of attributes changes.
pub(in super::super) fn attributes_class_update(new: &Value, old: &Value, faults: &mut Faults) {
    for field in ["driverName", "parameters"] {
        if new.get(field) != old.get(field) {
            faults.forbidden(&Path::new(field), format!("updates to {field} are forbidden."));
        }
    }
}

fn parameters(class: &Value, may_be_empty: bool, faults: &mut Faults) {
    let path = Path::new("parameters");
    let parameters = class["parameters"].as_object();
    let count = parameters.map_or(0, serde_json::Map::len);
    if count == 0 && !may_be_empty {
        return faults.required(&path, "must contain at least one key/value pair");
    }
    if count > MAX_PARAMETERS {
        return faults.too_long(&path, MAX_PARAMETERS);
    }
    let mut size = 0;
    for (key, value) in parameters.into_iter().flatten() {
        if key.is_empty() {
            faults.invalid_text(&path, key, "field can not be empty.");
        }
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > MAX_PARAMETERS_SIZE {
        faults.too_long(&path, MAX_PARAMETERS_SIZE);
    }
}

/// `core.v1.TopologySelectorTerm`: each label once, each of its values once.
pub(in super::super) fn topology_selector_term(term: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("matchLabelExpressions");
    let expressions = list(term, "matchLabelExpressions");
    let mut keys = Distinct::default();
    for (at, expression) in expressions.iter().enumerate() {
        let (at_path, key) = (field.index(at), text(expression, "key"));
        if list(expression, "values").is_empty() {
            faults.required(&at_path.child("values"), "");
        }
        same_items(list(expression, "values"), &at_path.child("values"), faults);
        for why in label_key_faults(key) {
            faults.invalid_text(&at_path.child("key"), key, why);
        }
        if keys.repeats(key) {
            faults.duplicate(&at_path.child("key"), &key.into());
        }
    }
}
