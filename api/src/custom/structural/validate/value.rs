//! One value against one schema.

use serde_json::{Map, Value};

use super::path::{ROOT, at, item, told};
use super::ratchet::{before, same};
use super::verdict::Verdict;
use super::{allowed, junctors, number, text, types};
use crate::custom::same_items::SameItems;
use crate::custom::structural::model::{Additional, Structural};
use crate::kind::validate::Path;
use crate::schema::ListType;

/// Checks `value`, which is at `path`; one that is as it was passes, whatever is wrong with it.
pub(super) fn check(schema: &Structural, value: &Value, old: Option<&Value>, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    if old.is_some_and(|old| same(schema, value, old)) {
        return;
    }
    if value.is_null() {
        types::check_null(schema, path, out);
        return allowed::check(schema, value, path, out);
    }
    types::check(schema, value, path, out);
    junctors::check(schema, value, path, out);
    match value {
        Value::String(text) => text::check(schema, text, path, out),
        Value::Number(number) => number::check(schema, number, path, out),
        Value::Array(items) => list(schema, items, old, path, out),
        _ => {}
    }
    allowed::check(schema, value, path, out);
    out.matches += 2;
    if let Value::Object(map) = value {
        object(schema, map, old, path, out);
    }
}

fn object(schema: &Structural, map: &Map<String, Value>, old: Option<&Value>, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    out.matches += 1;
    counted(schema, map.len(), path, out);
    for (name, value) in map {
        let Some(inner) = schema.field(name) else {
            if matches!(schema.additional, Additional::Refused) {
                let why = || format!("{}.{name} in body is a forbidden property", told(path));
                out.add(path, |faults, at| faults.invalid_text(at, name, why()));
            }
            continue;
        };
        // The type of a whole object is the same for old and new by the time they are compared.
        let typed = path.is_none() && matches!(name.as_str(), "apiVersion" | "kind");
        let old = old.filter(|_| !typed).and_then(|old| old.get(name));
        match (path, schema.property(name)) {
            (None, None) => check(inner, value, old, Some(&ROOT.child(name)), out),
            _ => check(inner, value, old, Some(&at(path, name)), out),
        }
    }
    for name in schema.required.iter().filter(|name| !map.contains_key(&***name)) {
        out.add(Some(&at(path, name)), |faults, at| faults.required(at, ""));
    }
}

fn counted(schema: &Structural, count: usize, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let Some(limits) = &schema.limits else { return };
    let count = count as i64;
    if let Some(least) = limits.properties.0.filter(|least| count < *least) {
        let why = || format!("{} in body should have at least {least} properties", told(path));
        out.add(path, |faults, at| faults.invalid(at, &count.into(), why()));
    }
    if let Some(most) = limits.properties.1.filter(|most| count > *most) {
        out.add(path, |faults, at| faults.too_many(at, count.unsigned_abs(), most.unsigned_abs()));
    }
}

fn list(schema: &Structural, items: &[Value], old: Option<&Value>, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    out.matches += 2;
    if let Some(inner) = &schema.items {
        // Items that have no keys are not told from one another: they change with their list.
        let old = old.and_then(Value::as_array).filter(|_| schema.list_type == ListType::Map);
        let old = old.map(|old| SameItems::new(&schema.keys, old));
        for (index, value) in items.iter().enumerate() {
            let old = old.as_ref().and_then(|old| before(schema, old, value));
            check(inner, value, old, Some(&item(path, index)), out);
        }
    }
    let Some(limits) = &schema.limits else { return };
    let count = items.len() as i64;
    if let Some(least) = limits.items.0.filter(|least| count < *least) {
        let why = || format!("{} in body should have at least {least} items", told(path));
        out.add(path, |faults, at| faults.invalid(at, &count.into(), why()));
    }
    if let Some(most) = limits.items.1.filter(|most| count > *most) {
        out.add(path, |faults, at| faults.too_many(at, count.unsigned_abs(), most.unsigned_abs()));
    }
}
