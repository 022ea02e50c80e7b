//! Collects the faults of one object.

use serde_json::Value;

use super::Path;
use crate::go::{self, quoted};
use crate::kind::{FieldError, FieldErrorType};

/// Bytes that are shown of a value, of a path, and of what is wrong: each may be as long as a body.
const SHOWN: usize = 4_096;

/// The faults found so far, in the order of finding; no more than a thousand.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// As many as are told; whoever has more to mend will ask again.
    pub(crate) const MOST: usize = 1_000;

    /// Takes back what was found inside of `path`.
    pub fn forget_inside(&mut self, path: &Path<'_>) {
        let path = path.to_string();
        let inside = |field: &str| field.strip_prefix(&*path).is_some_and(|rest| rest.starts_with(['.', '[']));
        self.0.retain(|fault| !inside(&fault.field));
    }

    /// A value is missing.
    pub fn required(&mut self, path: &Path<'_>, detail: &str) {
        self.add(FieldErrorType::Required, path, String::new(), detail.into());
    }

    /// A value is wrong.
    pub fn invalid(&mut self, path: &Path<'_>, value: &Value, detail: impl Into<String>) {
        if self.is_full() {
            return;
        }
        self.add(FieldErrorType::Invalid, path, written(value), detail.into());
    }

    /// A text is wrong.
    pub fn invalid_text(&mut self, path: &Path<'_>, text: &str, detail: impl Into<String>) {
        if self.is_full() {
            return;
        }
        self.add(FieldErrorType::Invalid, path, quoted(text), detail.into());
    }

    /// A value is wrong that is shown as it stands here.
    pub fn invalid_shown(&mut self, path: &Path<'_>, value: String, detail: impl Into<String>) {
        self.add(FieldErrorType::Invalid, path, value, detail.into());
    }

    /// A value was there before that is not worth showing.
    pub fn duplicate_whole(&mut self, path: &Path<'_>) {
        self.add(FieldErrorType::Duplicate, path, String::new(), String::new());
    }

    /// A text is none of those that are allowed.
    pub fn unsupported(&mut self, path: &Path<'_>, text: &str, allowed: &[&str]) {
        let allowed: Vec<String> = allowed.iter().map(|word| quoted(word)).collect();
        self.add(FieldErrorType::NotSupported, path, quoted(text), format!("supported values: {}", allowed.join(", ")));
    }

    /// A value was there before.
    pub fn duplicate(&mut self, path: &Path<'_>, value: &Value) {
        self.duplicate_because(path, value, "");
    }

    /// The same, and why that matters.
    pub fn duplicate_because(&mut self, path: &Path<'_>, value: &Value, detail: &str) {
        if self.is_full() {
            return;
        }
        self.add(FieldErrorType::Duplicate, path, written(value), detail.into());
    }

    /// A value is wrong that is not worth showing.
    pub fn invalid_whole(&mut self, path: &Path<'_>, detail: impl Into<String>) {
        self.add(FieldErrorType::Invalid, path, String::new(), detail.into());
    }

    /// A value may not be set, or not be changed.
    pub fn forbidden(&mut self, path: &Path<'_>, detail: impl Into<String>) {
        self.add(FieldErrorType::Forbidden, path, String::new(), detail.into());
    }

    /// A text is longer than `limit` bytes.
    pub fn too_long(&mut self, path: &Path<'_>, limit: usize) {
        self.add(
            FieldErrorType::TooLong,
            path,
            String::new(),
            format!("may not be more than {limit} byte{}", if limit == 1 { "" } else { "s" }),
        );
    }

    /// A value refers to something that is not there.
    pub fn not_found(&mut self, path: &Path<'_>, text: &str) {
        self.add(FieldErrorType::NotFound, path, quoted(text), String::new());
    }

    /// A value refers to something that is not there; `detail` says what is.
    pub fn not_found_among(&mut self, path: &Path<'_>, text: &str, detail: impl Into<String>) {
        self.add(FieldErrorType::NotFound, path, quoted(text), detail.into());
    }

    /// A value may not change; upstream's words for it.
    pub fn immutable(&mut self, path: &Path<'_>, new: Option<&Value>, old: Option<&Value>) {
        if new != old {
            self.invalid(path, new.unwrap_or(&Value::Null), "field is immutable");
        }
    }

    /// One of `allowed`, where there is a text.
    pub fn one_of(&mut self, path: &Path<'_>, value: Option<&Value>, allowed: &[&str]) {
        if let Some(text) = value.and_then(Value::as_str)
            && !allowed.contains(&text)
        {
            self.unsupported(path, text, allowed);
        }
    }

    /// Not below zero, where there is a number.
    pub fn not_negative(&mut self, path: &Path<'_>, value: Option<&Value>) {
        self.at_least(path, value, 0);
    }

    /// Not below `least`, where there is a number.
    pub fn at_least(&mut self, path: &Path<'_>, value: Option<&Value>, least: i64) {
        if let Some(value) = value
            && value.as_i64().is_some_and(|number| number < least)
        {
            self.invalid(path, value, format!("must be greater than or equal to {least}"));
        }
    }

    /// Between the two, both allowed, where there is a number.
    pub fn in_range(&mut self, path: &Path<'_>, value: Option<&Value>, least: i64, most: i64) {
        if let Some(value) = value
            && value.as_i64().is_some_and(|number| number < least || number > most)
        {
            self.invalid(path, value, format!("must be between {least} and {most}, inclusive"));
        }
    }

    /// A value is of the type called `found`, another than is wanted.
    pub fn wrong_type(&mut self, path: &Path<'_>, found: &str, detail: impl Into<String>) {
        self.add(FieldErrorType::TypeInvalid, path, quoted(found), detail.into());
    }

    /// A value is none of those that are allowed.
    pub fn unsupported_value(&mut self, path: &Path<'_>, value: &Value, allowed: impl Iterator<Item = String>) {
        let allowed: Vec<String> = allowed.map(|text| quoted(&text)).collect();
        let value = if self.is_full() { String::new() } else { written(value) };
        self.add(FieldErrorType::NotSupported, path, value, format!("supported values: {}", allowed.join(", ")));
    }

    /// There are more than `most`.
    pub fn too_many(&mut self, path: &Path<'_>, count: u64, most: u64) {
        self.add(
            FieldErrorType::TooMany,
            path,
            count.to_string(),
            format!("must have at most {most} item{}", if most == 1 { "" } else { "s" }),
        );
    }

    /// The object as a whole is wrong, in upstream's form for faults without a field.
    pub fn nowhere(&mut self, detail: impl Into<String>) {
        self.add(FieldErrorType::Invalid, &Path::new("<nil>"), quoted(""), detail.into());
    }

    /// Adds what was found elsewhere.
    pub fn push(&mut self, error: FieldError) {
        if !self.is_full() {
            self.0.push(error);
        }
    }

    /// Takes over what `other` found.
    pub fn extend(&mut self, other: Self) {
        let room = Self::MOST.saturating_sub(self.0.len());
        self.0.extend(other.0.into_iter().take(room));
    }

    /// How many were found.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are as many as are told: what else is found changes nothing.
    pub const fn is_full(&self) -> bool {
        self.0.len() >= Self::MOST
    }

    /// Whether nothing was found.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was found.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.0
    }

    fn add(&mut self, r#type: FieldErrorType, path: &Path<'_>, value: String, detail: String) {
        if !self.is_full() {
            let (field, value, detail) = (shown(path.to_string()), shown(value), shown(detail));
            self.0.push(FieldError { r#type, field, value, detail });
        }
    }
}

/// The text of `value`, of a very long one no more than its beginning.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Number(float) if float.as_i64().is_none() => go::number(float.as_f64().unwrap_or_default()),
        other => go::json(other, SHOWN),
    }
}

/// `text`, cut where it is very long.
fn shown(mut text: String) -> String {
    if text.len() > SHOWN {
        let end = (0..=SHOWN).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.shrink_to_fit();
        text.push('…');
    }
    text
}
