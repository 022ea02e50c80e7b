//! The directives of strategic merge patches, as upstream's page "Strategic Merge Patch" names them.

use serde_json::{Map, Value};

use super::PatchError;

/// Marks a map: `replace`, `delete`, or (the default) `merge`.
pub(super) const PATCH: &str = "$patch";
/// Lists the fields of a map that stay.
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
/// Prefix of the field that lists the order of a merged list.
pub(super) const SET_ORDER: &str = "$setElementOrder/";
/// Prefix of the field that lists the scalars to take out of a merged list.
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// What [`PATCH`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Takes the directive out of `patch`.
pub(super) fn take(patch: &mut Map<String, Value>) -> Result<Directive, PatchError> {
    match patch.shift_remove(PATCH) {
        None => Ok(Directive::Merge),
        Some(Value::String(name)) if name == "merge" => Ok(Directive::Merge),
        Some(Value::String(name)) if name == "replace" => Ok(Directive::Replace),
        Some(Value::String(name)) if name == "delete" => Ok(Directive::Delete),
        Some(other) => Err(PatchError::Directive(format!("unknown patch type: {other} in map"))),
    }
}

/// Takes the list that the directive `prefix` gives for each field out of `patch`.
pub(super) fn take_lists(patch: &mut Map<String, Value>, prefix: &str) -> Result<Vec<(String, Vec<Value>)>, PatchError> {
    let names: Vec<String> = patch.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
    let mut lists = Vec::with_capacity(names.len());
    for name in names {
        match patch.shift_remove(&name) {
            Some(Value::Array(list)) => lists.push((name.get(prefix.len()..).unwrap_or_default().to_owned(), list)),
            _ => return Err(PatchError::Directive(format!("the value of {name} is not a list"))),
        }
    }
    Ok(lists)
}
