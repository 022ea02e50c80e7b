//! The bounds of a text.

use super::path::told;
use super::verdict::Verdict;
use crate::custom::structural::model::{Limits, Structural};
use crate::kind::validate::Path;

/// Checks the bounds of `text`.
pub(super) fn check(schema: &Structural, text: &str, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    out.matches += 1;
    if let Some(limits) = &schema.limits {
        bounds(limits, text, path, out);
    }
    let format = schema.limits.as_ref().and_then(|limits| limits.format.as_ref()).filter(|_| !schema.is_number());
    if let Some(format) = format {
        out.matches += 1;
        if format.check.is_some_and(|check| !check(text)) {
            out.wrong_type(path, &format.name, text);
        }
    }
}

/// Checks length and pattern; the first fault is the only one.
fn bounds(limits: &Limits, text: &str, path: Option<&Path<'_>>, out: &mut Verdict<'_>) {
    if let (None, None, None) = (limits.length.0, limits.length.1, &limits.pattern) {
        return;
    }
    let length = text.chars().count() as i64;
    if let Some(most) = limits.length.1.filter(|most| length > *most) {
        return out.add(path, |faults, at| faults.too_long(at, usize::try_from(most).unwrap_or_default()));
    }
    if let Some(least) = limits.length.0.filter(|least| length < *least) {
        let why = || format!("{} in body should be at least {least} chars long", told(path));
        return out.add(path, |faults, at| faults.invalid_text(at, text, why()));
    }
    let Some(pattern) = &limits.pattern else { return };
    let why = match (pattern.is_too_much(text), pattern.matches(text)) {
        (true, _) => "is too long to be matched with",
        (false, false) => "should match",
        (false, true) => return,
    };
    out.add(path, |faults, at| faults.invalid_text(at, text, format!("{} in body {why} '{}'", told(path), pattern.text)));
}
