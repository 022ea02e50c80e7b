//! Any object: its fields under readable names.

use serde_json::Value;

use super::page::{Page, at, shown};

pub(super) fn write(page: &mut Page, object: &Value) {
    page.meta(object);
    page.labels(object);
    page.field(0, "API Version", at(object, "/apiVersion"));
    page.field(0, "Kind", at(object, "/kind"));
    page.field(0, "Created", at(object, "/metadata/creationTimestamp"));
    let own = object.as_object().into_iter().flatten();
    for (name, value) in own.filter(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata")) {
        match at(object, "/kind").as_str() {
            "Secret" if name == "data" => sizes(page, value),
            _ => member(page, 0, name, value),
        }
    }
}

/// A secret's data is not for the eye: only how much there is.
fn sizes(page: &mut Page, data: &Value) {
    page.head(0, "Data");
    for (key, value) in data.as_object().into_iter().flatten() {
        let encoded = value.as_str().unwrap_or_default();
        let padding = encoded.bytes().rev().take_while(|byte| *byte == b'=').count();
        page.field(1, key, format!("{} bytes", (encoded.len() / 4 * 3).saturating_sub(padding)));
    }
}

fn member(page: &mut Page, level: usize, name: &str, value: &Value) {
    let title = title(name);
    match value {
        Value::Object(members) if !members.is_empty() => {
            page.head(level, &title);
            for (name, value) in members {
                member(page, level + 1, name, value);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            page.head(level, &title);
            items.iter().for_each(|value| item(page, level + 1, value));
        }
        Value::Object(_) | Value::Array(_) => page.field(level, &title, ""),
        Value::String(text) if text.contains('\n') => {
            page.head(level, &title);
            text.lines().for_each(|line| page.text(level + 1, line));
        }
        scalar => page.field(level, &title, shown(scalar)),
    }
}

fn item(page: &mut Page, level: usize, value: &Value) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| member(page, level, name, value)),
        scalar => page.text(level, &shown(scalar)),
    }
}

/// `nodeName` → `Node Name`; names with dots and dashes stay as they are.
fn title(name: &str) -> String {
    if name.contains(['.', '-', '/', '_']) {
        return name.to_owned();
    }
    let mut title = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for (place, letter) in name.chars().enumerate() {
        if place == 0 {
            title.extend(letter.to_uppercase());
        } else {
            if letter.is_uppercase() && was_lower {
                title.push(' ');
            }
            title.push(letter);
        }
        was_lower = letter.is_lowercase();
    }
    title
}
