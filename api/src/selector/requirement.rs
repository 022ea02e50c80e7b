//! One condition on one label.

use std::fmt;

use super::names::{label_key_faults, label_value_faults};

/// How a label is compared: `selection.Operator` of upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The label is one of the values (`=` and `==` have one).
    In,
    /// The label is absent or none of the values (`!=` has one).
    NotIn,
    /// The label is there.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// The label is a whole number above the value.
    GreaterThan,
    /// The label is a whole number below the value.
    LessThan,
}

/// One condition on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what: sorted, without repetition.
    pub values: Vec<String>,
    /// Whether it was written `=`, `==` or `!=`, for printing.
    pub(super) exact: bool,
}

impl Requirement {
    /// A checked requirement.
    ///
    /// # Errors
    /// Upstream's text for a bad key, a bad value, or a number of values that the operator does not take.
    pub fn new(key: &str, operator: Operator, mut values: Vec<String>) -> Result<Self, String> {
        check_key(key, "key")?;
        values.sort();
        values.dedup();
        check_count(operator, &values)?;
        for (at, value) in values.iter().enumerate() {
            if let Some(fault) = label_value_faults(value).first() {
                return Err(format!("values[{at}][{key}]: Invalid value: {value:?}: {fault}"));
            }
        }
        Ok(Self { key: key.into(), operator, values, exact: false })
    }

    /// Whether a label of value `label` (or none) satisfies this.
    pub fn matches(&self, label: Option<&str>) -> bool {
        let among = |label: &str| self.values.binary_search_by(|value| value.as_str().cmp(label)).is_ok();
        match self.operator {
            Operator::In => label.is_some_and(among),
            Operator::NotIn => !label.is_some_and(among),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::GreaterThan => self.compare(label, |label, bound| label > bound),
            Operator::LessThan => self.compare(label, |label, bound| label < bound),
        }
    }

    fn compare(&self, label: Option<&str>, holds: fn(i64, i64) -> bool) -> bool {
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        match (number(label), number(self.values.first().map(String::as_str))) {
            (Some(label), Some(bound)) => holds(label, bound),
            _ => false,
        }
    }
}

pub(super) fn check_key(key: &str, path: &str) -> Result<(), String> {
    match label_key_faults(key).as_slice() {
        [] => Ok(()),
        faults => Err(format!("{path}: Invalid value: {key:?}: {}", faults.join("; "))),
    }
}

fn check_count(operator: Operator, values: &[String]) -> Result<(), String> {
    let shown = || format!("[{}]", values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", "));
    match operator {
        Operator::In | Operator::NotIn if values.is_empty() => {
            Err("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty".into())
        }
        Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
            Err(format!("values: Invalid value: {}: values set must be empty for exists and does not exist", shown()))
        }
        Operator::GreaterThan | Operator::LessThan => match values {
            [value] if value.parse::<i64>().is_ok() => Ok(()),
            [value] => {
                Err(format!("values[0]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"))
            }
            _ => Err(format!("values: Invalid value: {}: for 'Gt', 'Lt' operators, exactly one value is required", shown())),
        },
        _ => Ok(()),
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        let first = self.values.first().map_or("", String::as_str);
        match self.operator {
            Operator::Exists => f.write_str(key),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::In if self.exact => write!(f, "{key}={first}"),
            Operator::NotIn if self.exact => write!(f, "{key}!={first}"),
            Operator::In => write!(f, "{key} in ({})", self.values.join(",")),
            Operator::NotIn => write!(f, "{key} notin ({})", self.values.join(",")),
            Operator::GreaterThan => write!(f, "{key}>{first}"),
            Operator::LessThan => write!(f, "{key}<{first}"),
        }
    }
}
