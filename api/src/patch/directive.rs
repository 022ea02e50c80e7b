//! The directives of strategic merge patches, as upstream's page "Strategic Merge Patch" names them.

use serde_json::{Map, Value};

use super::PatchError;
use crate::go::printed;

/// Marks a map: `replace` or `delete`; without it maps merge.
pub(super) const PATCH: &str = "$patch";
/// Lists the fields of a map that stay.
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
/// Prefix of the field that lists the order of a merged list.
pub(super) const SET_ORDER: &str = "$setElementOrder/";
/// Prefix of the field that lists the scalars to take out of a merged list.
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// Whether the field called `name` is a directive.
pub(super) fn is_one(name: &str) -> bool {
    [PATCH, RETAIN_KEYS].contains(&name) || [SET_ORDER, DELETE_FROM].iter().any(|prefix| name.starts_with(prefix))
}

/// What [`PATCH`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Takes the directive out of `patch`.
pub(super) fn take(patch: &mut Map<String, Value>) -> Result<Directive, PatchError> {
    let directive = match patch.get(PATCH) {
        None => return Ok(Directive::Merge),
        Some(Value::String(name)) if name == "replace" => Directive::Replace,
        Some(Value::String(name)) if name == "delete" => Directive::Delete,
        Some(other) => {
            let (kind, map) = (printed(other), printed(&Value::Object(patch.clone())));
            return Err(PatchError::Directive(format!("unknown patch type: {kind} in map: {map}")));
        }
    };
    patch.shift_remove(PATCH);
    Ok(directive)
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
