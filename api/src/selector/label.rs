//! Label selectors.

use std::fmt;

use serde_json::{Map, Value};

use super::{Operator, Requirement, SelectorError, parser};
use crate::Text;
use crate::meta::Head;

/// Which labels are meant. The empty selector means every object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// All of these must hold, in key order; `None` is the selector that matches nothing.
    requirements: Option<Vec<Requirement>>,
}

impl LabelSelector {
    /// Matches every object.
    pub const fn everything() -> Self {
        Self { requirements: Some(Vec::new()) }
    }

    /// Matches no object: an absent `metav1.LabelSelector`.
    pub const fn nothing() -> Self {
        Self { requirements: None }
    }

    /// Reads the text form: `a=b,c!=d,e in (x,y),!f,g`.
    ///
    /// # Errors
    /// Upstream's text, where the syntax, a key or a value is bad.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        parser::parse(text).map(Self::of)
    }

    /// Reads a `metav1.LabelSelector`; absent (`null`) matches nothing, empty matches everything.
    ///
    /// # Errors
    /// Upstream's text, where an operator, a key or a value is bad.
    pub fn from_value(selector: &Value) -> Result<Self, SelectorError> {
        let Some(selector) = selector.as_object() else { return Ok(Self::nothing()) };
        let mut requirements = Vec::new();
        for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
            requirements.push(equals(key, value.as_str().unwrap_or_default()).map_err(SelectorError::Syntax)?);
        }
        for expression in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
            requirements.push(read_expression(expression)?);
        }
        Ok(Self::of(requirements))
    }

    /// The selector of a Service or a ReplicationController: a plain map that must be contained.
    /// Keys and values are taken as they are.
    pub fn from_map(labels: &Map<String, Value>) -> Self {
        let pairs = labels.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
        Self::of(pairs.map(|(key, value)| exactly(key, value)).collect())
    }

    /// Whether an object with labels `labels` (sorted by key, as [`Head::labels`]) is meant.
    pub fn matches(&self, labels: &[(Text, Text)]) -> bool {
        self.matches_with(|key| {
            let at = labels.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
            labels.get(at).map(|(_, value)| &**value)
        })
    }

    /// Whether the object of `head` is meant.
    pub fn matches_head(&self, head: &Head) -> bool {
        self.matches_with(|key| head.label(key))
    }

    /// Whether an object is meant whose label of a key is `label(key)`.
    pub fn matches_with<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        let Some(requirements) = &self.requirements else { return false };
        requirements.iter().all(|requirement| requirement.matches(label(&requirement.key)))
    }

    /// Whether every object is meant.
    pub fn is_everything(&self) -> bool {
        self.requirements.as_ref().is_some_and(Vec::is_empty)
    }

    /// The requirements, by key; none for the selector that matches nothing.
    pub fn requirements(&self) -> &[Requirement] {
        self.requirements.as_deref().unwrap_or_default()
    }

    fn of(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Self { requirements: Some(requirements) }
    }
}

fn exactly(key: &str, value: &str) -> Requirement {
    Requirement { key: key.into(), operator: Operator::In, values: vec![value.into()], exact: true }
}

fn equals(key: &str, value: &str) -> Result<Requirement, String> {
    Ok(Requirement { exact: true, ..Requirement::new(key, Operator::In, vec![value.into()])? })
}

fn read_expression(expression: &Value) -> Result<Requirement, SelectorError> {
    let text = |name: &str| expression.get(name).and_then(Value::as_str).unwrap_or_default();
    let operator = match text("operator") {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        other => return Err(SelectorError::Operator(other.into())),
    };
    let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
    let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
    Requirement::new(text("key"), operator, values).map_err(SelectorError::Syntax)
}

/// The text form, which [`LabelSelector::parse`] reads back; empty for everything and for nothing.
impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, requirement) in self.requirements().iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn matches(selector: &str, labels: &[(&str, &str)]) -> bool {
        let mut labels: Vec<(Text, Text)> = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        labels.sort();
        LabelSelector::parse(selector).unwrap().matches(&labels)
    }

    #[test]
    fn every_form_of_requirement_selects() {
        let labels = [("app", "web"), ("tier", "front"), ("size", "12")];
        for yes in [
            "",
            "app=web",
            "app==web,tier!=back",
            "tier in (back, front)",
            "tier notin (back)",
            "!gone",
            "app",
            "size>9",
            "size < 13",
            "gone!=x",
            "in notin (in)",
            "app notin ()",
            "app in (,web)",
        ] {
            assert!(matches(yes, &labels), "{yes}");
        }
        for no in ["app=api", "app!=web", "tier in ()x", "gone", "!app", "size>12", "gone=", "tier in (,back)", "app in ()"] {
            assert!(!LabelSelector::parse(no).is_ok_and(|selector| selector.matches(&[("app".into(), "web".into())])), "{no}");
        }
    }

    #[test]
    fn a_bad_selector_is_refused_in_upstreams_words() {
        let refusal = |text: &str| LabelSelector::parse(text).unwrap_err().to_string();
        assert_eq!(refusal("a=b,"), "found '', expected: identifier after ','");
        assert_eq!(refusal("=b"), "found '=', expected: !, identifier, or 'end of string'");
        assert_eq!(refusal("a b"), "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt");
        assert_eq!(refusal("a in b"), "unable to parse requirement: found 'b' expected: '('");
        assert_eq!(refusal("!"), "unable to parse requirement: found '', expected: identifier");
        assert!(
            refusal("a$=b").starts_with("unable to parse requirement: <nil>: Invalid value: \"a$\": name part must consist of")
        );
        assert!(refusal("a=b c").starts_with("found 'c', expected: ',' or 'end of string'"));
        assert!(
            refusal("a=-").starts_with("unable to parse requirement: values[0][a]: Invalid value: \"-\": a valid label must be")
        );
    }

    #[test]
    fn a_selector_object_reads_as_its_text() {
        let object =
            json!({"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["y", "x"]}]});
        let selector = LabelSelector::from_value(&object).unwrap();
        assert_eq!(selector.to_string(), "a notin (x,y),b=1");
        assert!(!LabelSelector::from_value(&Value::Null).unwrap().matches(&[]));
        assert!(LabelSelector::from_value(&json!({})).unwrap().matches(&[]));
        let bad = json!({"matchExpressions": [{"key": "a", "operator": "in"}]});
        assert_eq!(LabelSelector::from_value(&bad).unwrap_err().to_string(), "\"in\" is not a valid label selector operator");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_printing_reads_back(text in "[a-c!=<>(),. in]{0,24}") {
            if let Ok(selector) = LabelSelector::parse(&text) {
                let printed = selector.to_string();
                prop_assert_eq!(LabelSelector::parse(&printed).unwrap().to_string(), printed);
            }
        }
    }
}
