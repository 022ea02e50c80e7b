//! Strategic merge patch: a merge patch whose lists merge as the schema says.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::PatchError;
use super::directive::{self, DELETE_FROM, Directive, PATCH, RETAIN_KEYS, SET_ORDER};
use super::list;
use crate::schema::Schema;

/// `current` changed by `patch`, both of `schema`, as upstream's `strategicpatch` merges. Where the schema is not known, maps merge
/// and lists are replaced.
///
/// # Errors
/// A malformed directive, or an item of a merged list without its merge key.
pub fn strategic_merge(schema: Option<&Schema>, current: Value, patch: Value) -> Result<Value, PatchError> {
    match (current, patch) {
        (Value::Object(current), Value::Object(patch)) => merge_maps(schema, current, patch).map(Value::Object),
        (_, patch) => Ok(fresh(patch).unwrap_or_default()),
    }
}

/// How one field merges.
#[derive(Clone, Copy, Default)]
pub(super) struct Strategy<'a> {
    /// What the field may be.
    pub schema: Option<&'a Schema>,
    /// The patch's value stands as a whole.
    pub replace: bool,
    /// A change drops what the patch does not name.
    pub retain_keys: bool,
}

impl<'a> Strategy<'a> {
    /// The strategy of field `name` of `parent`.
    pub(super) fn of(parent: Option<&'a Schema>, name: &str) -> Self {
        let Some(parent) = parent else { return Self::default() };
        match parent.as_object().and_then(|object| object.field(name)) {
            Some(field) => Self { schema: Some(&field.schema), replace: field.replace, retain_keys: field.retain_keys },
            None => Self { schema: parent.member(name), ..Self::default() },
        }
    }

    /// How a list of this field merges; `None` where it is replaced.
    pub(super) fn list(&self) -> Option<list::Merge<'a>> {
        match self.schema? {
            Schema::List(list) if list.merge => Some(list::Merge { items: &list.items, key: list.merge_key.as_deref() }),
            _ => None,
        }
    }
}

pub(super) fn merge_maps(
    schema: Option<&Schema>,
    mut current: Map<String, Value>,
    mut patch: Map<String, Value>,
) -> Result<Map<String, Value>, PatchError> {
    match directive::take(&mut patch)? {
        Directive::Replace => return Ok(patch),
        Directive::Delete => return Ok(Map::new()),
        Directive::Merge => {}
    }
    retain(&mut current, &mut patch)?;
    for (name, gone) in directive::take_lists(&mut patch, DELETE_FROM)? {
        if let Some(Value::Array(items)) = current.get_mut(&name) {
            let gone: HashSet<String> = gone.iter().map(Value::to_string).collect();
            items.retain(|item| !gone.contains(&item.to_string()));
        }
    }
    for (name, order) in directive::take_lists(&mut patch, SET_ORDER)? {
        merge_ordered(schema, &mut current, patch.shift_remove(&name), &name, &order)?;
    }
    for (name, value) in patch {
        merge_field(schema, &mut current, name, value)?;
    }
    Ok(current)
}

fn merge_field(schema: Option<&Schema>, current: &mut Map<String, Value>, name: String, patch: Value) -> Result<(), PatchError> {
    let strategy = Strategy::of(schema, &name);
    if patch.is_null() {
        current.shift_remove(&name);
        return Ok(());
    }
    let merged = match (current.get_mut(&name).map(Value::take), patch) {
        (Some(Value::Object(_)), patch @ Value::Object(_)) if strategy.replace => Some(patch),
        (Some(Value::Object(old)), Value::Object(new)) => Some(Value::Object(merge_maps(strategy.schema, old, new)?)),
        (Some(Value::Array(old)), Value::Array(new)) => Some(Value::Array(match strategy.list() {
            Some(merge) => merge.lists(old, new)?,
            None => new,
        })),
        (_, patch) => fresh(patch),
    };
    match merged {
        Some(merged) => drop(current.insert(name, merged)),
        None => drop(current.shift_remove(&name)),
    }
    Ok(())
}

/// Merges the list `name` and puts it in the order that the patch asks for.
fn merge_ordered(
    schema: Option<&Schema>,
    current: &mut Map<String, Value>,
    patch: Option<Value>,
    name: &str,
    order: &[Value],
) -> Result<(), PatchError> {
    let strategy = Strategy::of(schema, name);
    let Some(merge) = strategy.list() else {
        return patch.map_or(Ok(()), |patch| merge_field(schema, current, name.to_owned(), patch));
    };
    let old = match current.get(name) {
        Some(Value::Array(old)) => old.clone(),
        _ => Vec::new(),
    };
    match patch {
        Some(patch) => merge_field(schema, current, name.to_owned(), patch)?,
        None if old.is_empty() => return Ok(()),
        None => {}
    }
    if let Some(Value::Array(merged)) = current.get_mut(name) {
        *merged = merge.arrange(std::mem::take(merged), order, &old);
    }
    Ok(())
}

/// Drops from `current` what the patch does not retain.
fn retain(current: &mut Map<String, Value>, patch: &mut Map<String, Value>) -> Result<(), PatchError> {
    let wrong = || PatchError::Directive("invalid patch format of retainKeys".into());
    let kept = match patch.shift_remove(RETAIN_KEYS) {
        None => return Ok(()),
        Some(Value::Array(kept)) => kept,
        Some(_) => return Err(wrong()),
    };
    let kept: HashSet<&str> = kept.iter().filter_map(Value::as_str).collect();
    let is_kept = |name: &str| kept.contains(name);
    let directs = |name: &str| name.starts_with(DELETE_FROM) || name.starts_with(SET_ORDER);
    if patch.iter().any(|(name, value)| !value.is_null() && !directs(name) && !is_kept(name)) {
        return Err(wrong());
    }
    current.retain(|name, _| is_kept(name));
    Ok(())
}

/// `patch` where nothing was: without directives and the nulls of maps; nothing where it deletes.
fn fresh(patch: Value) -> Option<Value> {
    match patch {
        Value::Object(members) if members.get(PATCH).is_some_and(|directive| directive != "replace") => None,
        Value::Object(members) => {
            let told = members.into_iter().filter(|(name, value)| !value.is_null() && !directive::is_one(name));
            Some(Value::Object(told.filter_map(|(name, value)| Some((name, fresh(value)?))).collect()))
        }
        Value::Array(items) => {
            let items = items.into_iter().filter(|item| item.get(PATCH).is_none());
            Some(Value::Array(items.filter_map(fresh).collect()))
        }
        scalar => Some(scalar),
    }
}

#[cfg(test)]
#[path = "strategic_tests.rs"]
mod tests;
