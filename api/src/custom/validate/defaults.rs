//! The defaults of a schema.

use serde_json::{Map, Value};

use super::paths::members;
use crate::custom::rules::Rules;
use crate::custom::structural::{self, Structural};
use crate::go::listed;
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};

/// Where a node is below the object that it is part of.
#[derive(Clone, Copy)]
struct Place<'p> {
    /// The steps that led here from the object: a field, or an item.
    steps: Option<(&'p Place<'p>, Option<&'p str>)>,
    /// It is about the type or the metadata of that object.
    in_meta: bool,
}

impl Place<'_> {
    /// Of a whole object.
    const WHOLE: Self = Self { steps: None, in_meta: false };

    /// The object that has `value` here, and nothing else.
    fn around(&self, value: Value) -> Value {
        match self.steps {
            None => value,
            Some((outer, Some(name))) => outer.around(Value::Object(Map::from_iter([(name.to_owned(), value)]))),
            Some((outer, None)) => outer.around(Value::Array(vec![value])),
        }
    }
}

/// Checks every default in `document`, a root: it must be a value of its own schema, keep its rules, and lose nothing to pruning.
pub(super) fn check(document: &Value, schema: &Structural, path: &Path<'_>, faults: &mut Faults) {
    node(document, schema, Place::WHOLE, true, path, faults);
}

fn node(document: &Value, schema: &Structural, place: Place<'_>, root: bool, path: &Path<'_>, faults: &mut Faults) {
    if !schema.has_defaults {
        return;
    }
    let whole = root || schema.embedded;
    let place = if whole { Place::WHOLE } else { place };
    if let Some(default) = &schema.default {
        own(default, document, schema, place, &path.child("default"), faults);
    }
    if let Some(items) = &schema.items {
        let inner = Place { steps: Some((&place, None)), ..place };
        node(&document["items"], items, inner, false, &path.child("items"), faults);
    }
    let properties = path.child("properties");
    for (name, inner) in members(document, "properties") {
        if let Some(property) = schema.property(name) {
            let in_meta = place.in_meta || whole && matches!(&**name, "metadata" | "apiVersion" | "kind");
            let at = Place { steps: Some((&place, Some(name))), in_meta };
            node(inner, property, at, false, &properties.key(name), faults);
        }
    }
}

fn own(default: &Value, document: &Value, schema: &Structural, place: Place<'_>, path: &Path<'_>, faults: &mut Faults) {
    if place.in_meta {
        let mut object = place.around(default.clone());
        for (field, value) in [("apiVersion", "validation/v1"), ("kind", "Validation")] {
            if object.get(field).is_none() {
                object[field] = value.into();
            }
        }
        let found = structural::embedded_faults(&object);
        if !found.is_empty() {
            let told: Vec<String> = found.iter().map(|fault| fault.to_string().trim_start_matches('.').to_owned()).collect();
            return faults.invalid(path, default, format!("must result in valid metadata: {}", listed(&told)));
        }
    } else if !structural::prune_part(schema, &mut default.clone()).is_empty() {
        faults.invalid(path, default, "must not have unknown fields");
    }
    let found = structural::validate_part(schema, default, &Path::new(""));
    let mut found: Vec<FieldError> = found.into_iter().map(|fault| below(fault, path)).collect();
    if found.is_empty()
        && let Some(rules) = Rules::compile_part(document)
    {
        found = rules.check_part(default, Some(default), path);
        if found.is_empty() {
            found = rules.check_part(default, None, path);
        }
    }
    found.into_iter().for_each(|fault| faults.push(fault));
}

/// `fault` of a value by itself, where the value is at `path`: words about it name what is inside alone.
fn below(fault: FieldError, path: &Path<'_>) -> FieldError {
    let inner = fault.field.strip_prefix('.').unwrap_or(&fault.field);
    let inner = if inner == "<nil>" { "" } else { inner };
    let detail = match fault.detail.strip_prefix(&*fault.field) {
        Some(rest) if rest.starts_with(" in ") => format!("{inner}{rest}"),
        _ => fault.detail.clone(),
    };
    let field = if inner.is_empty() { path.to_string() } else { format!("{path}.{inner}") };
    FieldError { field, detail, ..fault }
}
