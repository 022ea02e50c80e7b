//! Schemas that hold together, or instead of one another.

use serde_json::Value;

use super::path::told;
use super::value;
use super::verdict::Verdict;
use crate::custom::structural::model::{Limits, Structural};
use crate::kind::validate::Path;

/// Checks `value` by the schemas within `schema`.
pub(super) fn check(schema: &Structural, value: &Value, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    out.matches += 2;
    let Some(limits) = &schema.limits else { return };
    any_of(limits, value, path, out);
    one_of(limits, value, path, out);
    all_of(limits, value, path, out);
    if let Some(not) = &limits.not
        && judged(not, value, path, out).is_fine()
    {
        out.add_whole(|| format!("{} must not validate the schema (not)", subject(path)));
    }
}

fn any_of(limits: &Limits, value: &Value, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let mut nearest: Option<Verdict<'_>> = None;
    for schema in &limits.any_of {
        let found = judged(schema, value, path, out);
        if found.is_fine() {
            return out.merge(found);
        }
        nearer(&mut nearest, found);
    }
    if let Some(nearest) = nearest {
        out.add_whole(|| format!("{} must validate at least one schema (anyOf)", subject(path)));
        out.merge(nearest);
    }
}

fn one_of(limits: &Limits, value: &Value, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    if limits.one_of.is_empty() {
        return;
    }
    let (mut nearest, mut fine) = (None, Vec::new());
    for schema in &limits.one_of {
        match judged(schema, value, path, out) {
            found if found.is_fine() => fine.push(found),
            found => nearer(&mut nearest, found),
        }
    }
    if fine.len() == 1 {
        return fine.into_iter().for_each(|found| out.merge(found));
    }
    let count = if fine.is_empty() { "Found none valid".to_owned() } else { format!("Found {} valid alternatives", fine.len()) };
    out.add_whole(|| format!("{} must validate one and only one schema (oneOf). {count}", subject(path)));
    if let Some(nearest) = nearest.filter(|_| fine.is_empty()) {
        out.merge(nearest);
    }
}

fn all_of(limits: &Limits, value: &Value, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    let mut fine = 0;
    for schema in &limits.all_of {
        let found = judged(schema, value, path, out);
        fine += usize::from(found.is_fine());
        out.merge(found);
    }
    if fine < limits.all_of.len() {
        let none = if fine == 0 { ". None validated" } else { "" };
        out.add_whole(|| format!("{} must validate all the schemas (allOf){none}", subject(path)));
    }
}

/// Keeps the verdict by the schema that fits best, and of equals the first.
fn nearer<'b>(nearest: &mut Option<Verdict<'b>>, found: Verdict<'b>) {
    if nearest.as_ref().is_none_or(|nearest| found.matches > nearest.matches) {
        *nearest = Some(found);
    }
}

/// What is found of `value` by `schema` alone.
fn judged<'b>(schema: &Structural, value: &Value, path: Option<&Path<'_>>, out: &Verdict<'b>) -> Verdict<'b> {
    let mut found = out.fresh();
    value::check(schema, value, None, path, &mut found);
    found
}

fn subject(path: Option<&Path<'_>>) -> String {
    crate::go::quoted(&told(path))
}
