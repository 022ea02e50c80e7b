//! Places in a document, as JSON pointers name them.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// What holds a place.
pub(super) enum Parent<'a> {
    /// A map, and a key of it.
    Map(&'a mut Map<String, Value>, String),
    /// A list, and an index of it as the pointer has it.
    List(&'a mut Vec<Value>, String),
}

/// The place that `pointer` names and what holds it, which must be there.
///
/// # Errors
/// Where it is not, or where `pointer` names the whole document.
pub(super) fn find<'a>(document: &'a mut Value, pointer: &str) -> Result<Parent<'a>, String> {
    let missing = || "the document has no such path: missing value".to_owned();
    let (above, last) = pointer.rsplit_once('/').ok_or_else(missing)?;
    let holder = above.split('/').skip(1).map(unescaped).try_fold(document, |value, token| match value {
        Value::Object(map) => map.get_mut(&*token),
        Value::Array(list) => index(&token, list.len()).and_then(|at| list.get_mut(at)),
        _ => None,
    });
    match holder {
        Some(Value::Object(map)) => Ok(Parent::Map(map, unescaped(last).into_owned())),
        Some(Value::Array(list)) => Ok(Parent::List(list, unescaped(last).into_owned())),
        _ => Err(missing()),
    }
}

/// The index that `token` names in a list of `length` places; negative ones count from its end.
pub(super) fn index(token: &str, length: usize) -> Option<usize> {
    let index: isize = token.parse().ok()?;
    let at = if index < 0 { length.checked_sub(index.unsigned_abs()) } else { usize::try_from(index).ok() };
    at.filter(|at| *at < length)
}

/// Why there is no item `token`.
pub(super) fn no_such(token: &str) -> String {
    format!("invalid index referenced: {}", crate::decode::shown(token))
}

fn unescaped(token: &str) -> Cow<'_, str> {
    if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
}
