//! Where the numbers of the scale subresource are.

use serde_json::Value;

use super::raw::RawScale;
use crate::go::{printed, type_name};
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};
use crate::{Text, member_of};

/// JSON pointers into an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalePaths {
    /// The number wanted.
    pub spec: Text,
    /// The number there is.
    pub status: Text,
    /// The selector, as text.
    pub selector: Option<Text>,
}

impl ScalePaths {
    pub(super) fn read(raw: &RawScale) -> Self {
        let pointer = |path: &str| Text::from(path.replace('.', "/"));
        Self {
            spec: pointer(&raw.spec_replicas_path),
            status: pointer(&raw.status_replicas_path),
            selector: raw.label_selector_path.as_deref().filter(|path| !path.is_empty()).map(pointer),
        }
    }

    /// What of `object` a Scale could not hold.
    pub(super) fn faults(&self, object: &Value) -> Vec<FieldError> {
        let mut faults = Faults::default();
        count(object, &self.spec, &mut faults);
        self.find_in_status(object, &mut faults);
        faults.into_errors()
    }

    /// The same of its status alone.
    pub(super) fn status_faults(&self, object: &Value) -> Vec<FieldError> {
        let mut faults = Faults::default();
        self.find_in_status(object, &mut faults);
        faults.into_errors()
    }

    fn find_in_status(&self, object: &Value, faults: &mut Faults) {
        count(object, &self.status, faults);
        if let Some(selector) = &self.selector
            && let Err(why) = found(object, selector, |value| value.is_string().then_some(()), "string")
        {
            faults.invalid_text(&Path::new(&dotted(selector)), "", why);
        }
    }
}

/// Checks that there is a number of replicas at `pointer`, or nothing.
fn count(object: &Value, pointer: &str, faults: &mut Faults) {
    let number = found(object, pointer, Value::as_i64, "int64");
    let why = match &number {
        Err(why) => why.clone(),
        Ok(Some(..0)) => "should be a non-negative integer".into(),
        Ok(Some(2_147_483_648..)) => "should be less than or equal to 2147483647".into(),
        Ok(_) => return,
    };
    let number = number.ok().flatten().unwrap_or_default();
    faults.invalid(&Path::new(&dotted(pointer)), &number.into(), why);
}

/// What is at `pointer` of `object`, as `read` reads values of the type `wanted`; `None` where nothing is.
fn found<T>(object: &Value, pointer: &str, read: impl Fn(&Value) -> Option<T>, wanted: &str) -> Result<Option<T>, String> {
    let wrong = |at: &str, value: &Value, wanted: &str| {
        format!("{} accessor error: {} is of the type {}, expected {wanted}", dotted(at), printed(value), type_name(value))
    };
    let (mut value, mut end) = (object, 0);
    for name in pointer.split('/').skip(1) {
        end += 1 + name.len();
        if value.is_null() {
            return Ok(None);
        }
        if !value.is_object() {
            return Err(wrong(pointer.get(..end).unwrap_or_default(), value, "map[string]interface{}"));
        }
        let Some(member) = member_of(value, name) else { return Ok(None) };
        value = member;
    }
    read(value).map(Some).ok_or_else(|| wrong(pointer, value, wanted))
}

/// `pointer` as definitions write it.
fn dotted(pointer: &str) -> String {
    pointer.replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_scale_cannot_hold_is_told() {
        let paths =
            ScalePaths { spec: "/spec/replicas".into(), status: "/status/replicas".into(), selector: Some("/status/s".into()) };
        let faults = |object: Value| paths.faults(&object).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        for fine in [json!({}), json!({"spec": null}), json!({"spec": {"replicas": 3}, "status": {"replicas": 0, "s": "a=b"}})] {
            assert_eq!(faults(fine), "");
        }
        for (object, wanted) in [
            (json!({"spec": {"replicas": -1}}), ".spec.replicas: Invalid value: -1: should be a non-negative integer"),
            (
                json!({"status": {"replicas": 2_147_483_648_u32}}),
                ".status.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647",
            ),
            (
                json!({"spec": {"replicas": {"b": [1, 1.5], "a": null}}}),
                ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: map[a:<nil> b:[1 1.5]] is of the type \
                 map[string]interface {}, expected int64",
            ),
            (
                json!({"spec": true}),
                ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: true is of the type bool, expected \
                 map[string]interface{}",
            ),
            (
                json!({"status": {"s": 1}}),
                ".status.s: Invalid value: \"\": .status.s accessor error: 1 is of the type int64, expected string",
            ),
        ] {
            assert_eq!(faults(object), wanted);
        }
    }
}
