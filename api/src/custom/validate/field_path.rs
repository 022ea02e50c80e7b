//! Paths of fields below a schema, as rules and selectable fields name them: `.spec.size`, `.labels['a.b']`.

use serde_json::Value;

/// The schema of what `path` leads to, from a value of `schema`; `None` where nothing is said of it. Brackets stand in paths only
/// where `brackets` says so.
///
/// # Errors
/// Why it leads nowhere, in upstream's words.
pub(in crate::custom) fn led_to<'s>(schema: &'s Value, path: &str, brackets: bool) -> Result<Option<&'s Value>, String> {
    walk(schema, path, brackets, &mut |_, _| ())
}

/// `path`, which leads somewhere in `schema`, as paths of faults are written.
pub(in crate::custom) fn shown(schema: &Value, path: &str) -> Option<String> {
    let mut shown = String::new();
    let add = &mut |name: &str, field: bool| match field {
        true if shown.is_empty() => shown.push_str(name),
        true => shown.extend([".", name]),
        false => shown.extend(["[", name, "]"]),
    };
    walk(schema, path, true, add).ok()?;
    Some(shown)
}

/// Tells `step` each name on the way, and whether it is a field or a key of a map.
fn walk<'s>(
    mut schema: &'s Value,
    path: &str,
    brackets: bool,
    step: &mut dyn FnMut(&str, bool),
) -> Result<Option<&'s Value>, String> {
    let end = || "unexpected end of JSON path".to_owned();
    let mut rest = path;
    while !rest.is_empty() {
        let (token, after) = token(rest);
        let name = match token {
            "[" if !brackets => return Err("array notation is not allowed".into()),
            "[" => {
                let (quoted, after) = Some(after).filter(|after| !after.is_empty()).map(self::token).ok_or_else(end)?;
                let inner = quoted.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\''));
                let inner = inner.ok_or_else(|| format!("expected single quoted string but got {quoted}"))?;
                let (close, after) = Some(after).filter(|after| !after.is_empty()).map(self::token).ok_or_else(end)?;
                if close != "]" {
                    return Err(format!("expected ] but got {close}"));
                }
                rest = after;
                unescaped(inner)?
            }
            "." => {
                let (name, after) = Some(after).filter(|after| !after.is_empty()).map(self::token).ok_or_else(end)?;
                rest = after;
                name.to_owned()
            }
            other => return Err(format!("expected [ or . but got: {other}")),
        };
        let nowhere = || "does not refer to a valid field".to_owned();
        let properties = schema.get("properties").and_then(Value::as_object).filter(|properties| !properties.is_empty());
        step(&name, properties.is_some());
        schema = match (properties, schema.get("additionalProperties").filter(|values| !values.is_null())) {
            (Some(properties), _) => properties.get(&name).ok_or_else(nowhere)?,
            (None, Some(values)) if values.is_object() => values,
            // What the map holds is not said.
            (None, Some(_)) => return Ok(None),
            (None, None) => return Err(nowhere()),
        };
    }
    Ok(Some(schema))
}

/// The token at the start of `text`, which is not empty, and what is behind it: a sign, quoted text, or what stands between signs.
fn token(text: &str) -> (&str, &str) {
    let end = match text.strip_prefix('\'') {
        Some(inner) => {
            let close = inner.match_indices('\'').find(|(at, _)| !inner[..*at].ends_with('\\'));
            close.map_or(text.len(), |(at, _)| at + 2)
        }
        None if text.starts_with(['.', '[', ']']) => 1,
        None => text.find(['.', '[', ']']).unwrap_or(text.len()),
    };
    text.split_at(end)
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let letter = match (letter, letter == '\\') {
            (letter, false) => letter,
            (_, true) => match letters.next() {
                Some('a') => '\x07',
                Some('b') => '\x08',
                Some('f') => '\x0c',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('v') => '\x0b',
                Some(letter @ ('\'' | '\\')) => letter,
                other => return Err(format!("invalid string literal: invalid escape char \\{}", other.unwrap_or_default())),
            },
        };
        out.push(letter);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_through_fields_and_maps() {
        let text = json!({"type": "string"});
        let schema = json!({"properties": {"a": {"properties": {"b.c": text, "it's": text}}, "m": {"additionalProperties": text},
            "open": {"additionalProperties": true}}});
        for path in [".a['b.c']", "['a']['b.c']", ".a['it\\'s']", ".m.x", ".m['x.y']"] {
            assert_eq!(led_to(&schema, path, true), Ok(Some(&text)), "{path}");
        }
        assert_eq!(led_to(&schema, ".open.x.y", true), Ok(None));
        for (path, why) in [
            (".x", "does not refer to a valid field"),
            (".m.x.y", "does not refer to a valid field"),
            ("a", "expected [ or . but got: a"),
            (".", "unexpected end of JSON path"),
            (".a[0]", "expected single quoted string but got 0"),
            (".a['b.c'", "unexpected end of JSON path"),
            (".a['b.c'.", "expected ] but got ."),
            (".a['\\q']", "invalid string literal: invalid escape char \\q"),
        ] {
            assert_eq!(led_to(&schema, path, true), Err(why.into()), "{path}");
        }
        assert_eq!(led_to(&schema, ".a['b.c']", false), Err("array notation is not allowed".into()));
    }
}
