//! Pointers as upstream's library reads them.

use serde_json::Value;

use super::spent::check_depth;

/// What an operation cannot do, in upstream's words.
pub(super) type Refusal = String;

/// The steps of `pointer`; `None` where it has none. What stands before the first slash says nothing.
///
/// # Errors
/// Where there are more than an object may nest.
pub(super) fn steps(pointer: &str) -> Result<Option<Vec<String>>, Refusal> {
    check_depth(pointer.matches('/').count())?;
    Ok(pointer.split_once('/').map(|(_, steps)| steps.split('/').map(unescaped).collect()))
}

/// A tilde that escapes nothing stands for itself.
fn unescaped(step: &str) -> String {
    if step.contains('~') { step.replace("~1", "/").replace("~0", "~") } else { step.to_owned() }
}

/// The map or list that holds the last of `steps`.
pub(super) fn holder<'d>(document: &'d mut Value, steps: &[String]) -> Option<&'d mut Value> {
    let (_, above) = steps.split_last()?;
    let mut place = document;
    for step in above {
        place = match place {
            Value::Object(map) => map.get_mut(step)?,
            Value::Array(items) => {
                let at = index(step, items.len()).ok()?;
                items.get_mut(at)?
            }
            _ => return None,
        };
    }
    (place.is_object() || place.is_array()).then_some(place)
}

/// The index that `step` names in a list in which `count` places may be named; negative ones count from the end.
///
/// # Errors
/// Where it is none.
pub(super) fn index(step: &str, count: usize) -> Result<usize, Refusal> {
    let is_number = step.strip_prefix(['+', '-']).unwrap_or(step).bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = step.parse().map_err(|_| {
        let why = if is_number && step.len() > 2 { "value out of range" } else { "invalid syntax" };
        format!("strconv.Atoi: parsing {step:?}: {why}")
    })?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let at = if number < 0 { number.saturating_add(count) } else { number };
    usize::try_from(at)
        .ok()
        .filter(|_| at < count)
        .ok_or_else(|| format!("Unable to access invalid index: {number}: invalid index referenced"))
}
