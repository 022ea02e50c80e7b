//! Operations as upstream's library carries them out, refused in its words.

use serde_json::{Map, Value};

use super::pointer::{Refusal, holder, index, steps};
use super::spent::Spent;
use crate::decode::shown;

const MISSING: &str = "missing value";

/// Carries out the operation of `members`.
///
/// # Errors
/// Where it is none, does not fit the document, or costs too much.
pub(super) fn run(document: &mut Value, mut members: Map<String, Value>, spent: &mut Spent) -> Result<(), Refusal> {
    let value = members.get_mut("value").map(Value::take);
    match members.get("op").and_then(Value::as_str).unwrap_or("unknown") {
        "add" => {
            let path = text(&members, "path").map_err(|_| format!("add operation failed to decode path: {MISSING}"))?;
            let missing = || format!("add operation does not apply: doc is missing path: \"{}\": {MISSING}", shown(path));
            put(document, path, value.unwrap_or_default(), missing, spent)?
                .map_err(|why| format!("error in add for path: '{}': {why}", shown(path)))
        }
        "remove" => {
            let path = text(&members, "path").map_err(|_| format!("remove operation failed to decode path: {MISSING}"))?;
            let missing = || format!("remove operation does not apply: doc is missing path: \"{}\": {MISSING}", shown(path));
            take(document, path, missing, spent)?
                .map(drop)
                .map_err(|why| format!("error in remove for path: '{}': {why}", shown(path)))
        }
        "replace" => replace(document, &members, value, spent),
        "move" => {
            let from = text(&members, "from").map_err(|why| format!("move operation failed to decode from: {why}"))?;
            let missing = || format!("move operation does not apply: doc is missing from path: {}: {MISSING}", shown(from));
            let moved = take(document, from, missing, spent)?
                .map_err(|why| format!("error in move for path: '{}': {why}", shown(last_of(from))))?;
            spent.moves(&moved)?;
            let path = text(&members, "path").map_err(|why| format!("move operation failed to decode path: {why}"))?;
            let missing =
                || format!("move operation does not apply: doc is missing destination path: {}: {MISSING}", shown(path));
            put(document, path, moved, missing, spent)?.map_err(|why| format!("error in move for path: '{}': {why}", shown(path)))
        }
        "test" => test(document, &members, value),
        "copy" => copy(document, &members, spent),
        other => Err(format!("Unexpected kind: {}", shown(other))),
    }
}

fn last_of(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or(pointer, |(_, last)| last)
}

/// The text of member `name`.
fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<&'m str, Refusal> {
    let comma = if name == "from" { "," } else { "" };
    match members.get(name) {
        Some(Value::String(text)) => Ok(text),
        None | Some(Value::Null) => Err(format!("operation{comma} missing {name} field: {MISSING}")),
        Some(other) => Err(format!("json: cannot unmarshal {} into Go value of type string", crate::go::type_of(other))),
    }
}

/// Puts `value` in its place; within, what the place says against it.
fn put(
    document: &mut Value,
    path: &str,
    value: Value,
    missing: impl Fn() -> Refusal,
    spent: &mut Spent,
) -> Result<Result<(), Refusal>, Refusal> {
    let steps = steps(path)?.ok_or_else(&missing)?;
    spent.places(steps.len(), &value)?;
    let holder = holder(document, &steps).ok_or_else(&missing)?;
    let Some(last) = steps.last() else { return Err(missing()) };
    match holder {
        Value::Object(map) => drop(map.insert(last.clone(), value)),
        Value::Array(items) if last == "-" => items.push(value),
        Value::Array(items) => {
            let at = match index(last, items.len() + 1) {
                Err(why) if why.starts_with("strconv") => {
                    return Ok(Err(format!("value was not a proper array index: '{}': {why}", shown(last))));
                }
                Err(why) => return Ok(Err(why)),
                Ok(at) => at,
            };
            spent.shifts(items.len())?;
            items.insert(at, value);
        }
        _ => return Err(missing()),
    }
    Ok(Ok(()))
}

/// Takes out what is at `path`.
fn take(
    document: &mut Value,
    path: &str,
    missing: impl Fn() -> Refusal,
    spent: &mut Spent,
) -> Result<Result<Value, Refusal>, Refusal> {
    let steps = steps(path)?.ok_or_else(&missing)?;
    let holder = holder(document, &steps).ok_or_else(&missing)?;
    let Some(last) = steps.last() else { return Err(missing()) };
    match holder {
        Value::Object(map) => {
            let absent = || format!("Unable to remove nonexistent key: {}: {MISSING}", shown(last));
            Ok(map.swap_remove(last).ok_or_else(absent))
        }
        Value::Array(items) => {
            let at = match index(last, items.len()) {
                Err(why) => return Ok(Err(why)),
                Ok(at) => at,
            };
            spent.shifts(items.len())?;
            Ok(Ok(items.remove(at)))
        }
        _ => Err(missing()),
    }
}

fn replace(document: &mut Value, members: &Map<String, Value>, value: Option<Value>, spent: &mut Spent) -> Result<(), Refusal> {
    let path = text(members, "path").map_err(|why| format!("replace operation failed to decode path: {why}"))?;
    if path.is_empty() {
        let whole = value.filter(|value| value.is_object() || value.is_array());
        *document = whole.ok_or("replace operation value must be object or array: %!w(<nil>)")?;
        return spent.places(0, document);
    }
    let value = value.unwrap_or_default();
    let missing = |what: &str| format!("replace operation does not apply: doc is missing {what}: {}: {MISSING}", shown(path));
    let steps = steps(path)?.ok_or_else(|| missing("path"))?;
    spent.places(steps.len(), &value)?;
    let holder = holder(document, &steps).ok_or_else(|| missing("path"))?;
    let Some(last) = steps.last() else { return Err(missing("path")) };
    match holder {
        Value::Object(map) => drop(map.insert(last.clone(), value)),
        Value::Array(items) => {
            let at = index(last, items.len()).map_err(|_| missing("key"))?;
            items[at] = value;
        }
        _ => return Err(missing("path")),
    }
    Ok(())
}

/// What is at `path`; `None` where a map has no such member.
fn look<'d>(document: &'d mut Value, steps: &[String]) -> Option<Result<Option<&'d Value>, Refusal>> {
    let last = steps.last()?;
    Some(match holder(document, steps)? {
        Value::Object(map) => Ok(map.get(last)),
        Value::Array(items) => index(last, items.len()).map(|at| items.get(at)),
        _ => return None,
    })
}

fn test(document: &mut Value, members: &Map<String, Value>, value: Option<Value>) -> Result<(), Refusal> {
    let path = text(members, "path").map_err(|why| format!("test operation failed to decode path: {why}"))?;
    let failed = || format!("testing value {} failed: test failed", shown(path));
    if path.is_empty() {
        return if value.as_ref() == Some(&*document) { Ok(()) } else { Err(failed()) };
    }
    let missing = || format!("test operation does not apply: is missing path: {}: {MISSING}", shown(path));
    let steps = steps(path)?.ok_or_else(missing)?;
    let found = look(document, &steps).ok_or_else(missing)?;
    let found = found.map_err(|why| format!("error in test for path: '{}': {why}", shown(path)))?;
    // What is not there, what is null and what is not said are the same.
    let (found, wanted) = (found.unwrap_or(&Value::Null), value.unwrap_or_default());
    if *found == wanted { Ok(()) } else { Err(failed()) }
}

fn copy(document: &mut Value, members: &Map<String, Value>, spent: &mut Spent) -> Result<(), Refusal> {
    let from = text(members, "from").map_err(|why| format!("copy operation failed to decode from: {why}"))?;
    let missing = || format!("copy operation does not apply: doc is missing from path: {}: {MISSING}", shown(from));
    let steps = steps(from)?.ok_or_else(missing)?;
    let found = look(document, &steps).ok_or_else(missing)?;
    let found = found.map_err(|why| format!("error in copy for from: '{}': {why}", shown(from)))?;
    if let Some(found) = found {
        spent.copies(found)?;
    }
    let copied = found.cloned().unwrap_or_default();
    let path = text(members, "path").map_err(|_| format!("copy operation failed to decode path: {MISSING}"))?;
    let missing = || format!("copy operation does not apply: doc is missing destination path: {}: {MISSING}", shown(path));
    put(document, path, copied, missing, spent)?.map_err(|why| format!("error while adding value during copy: {why}"))
}
