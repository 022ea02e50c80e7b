//! Whether an applied configuration fits its schema.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::list_items::element_of;
use super::node_type::NodeType;
use super::{Element, Path};
use crate::go::{printed, source, type_in_go};
use crate::schema::{List, ListType, Scalar, Schema};

/// Enough to mend a configuration by.
const MAX_FAULTS: usize = 100;

/// One thing that does not fit, in upstream's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub path: Path,
    /// What.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.0.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// What of `config` does not fit `schema`.
pub(super) fn check(schema: &Schema, config: &Value) -> Vec<Fault> {
    let mut check = Check { path: Vec::new(), faults: Vec::new() };
    check.value(NodeType::Of(schema), config);
    check.faults
}

struct Check {
    path: Vec<Element>,
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, message: String) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { path: Path(self.path.clone()), message });
        }
    }

    fn below(&mut self, element: Element, check: impl FnOnce(&mut Self)) {
        self.path.push(element);
        check(self);
        self.path.pop();
    }

    fn value(&mut self, kind: NodeType<'_>, value: &Value) {
        let NodeType::Of(schema) = kind else { return };
        match (schema, value) {
            (_, Value::Null) => {}
            (Schema::Scalar(scalar), value) => {
                if let Some(message) = misfit(*scalar, value) {
                    self.fault(message);
                }
            }
            (Schema::List(list), Value::Array(items)) => self.items(list, items),
            (Schema::List(_), other) => self.fault(format!("expected list, got &{{{}}}", printed(other))),
            (Schema::Map(map), Value::Object(entries)) => {
                for (name, value) in entries {
                    self.below(Element::field(name), |check| check.value(NodeType::Of(&map.values), value));
                }
            }
            (Schema::Object(object), Value::Object(fields)) => {
                for (name, value) in fields {
                    self.below(Element::field(name), |check| match object.field(name) {
                        Some(field) => check.value(NodeType::Of(&field.schema), value),
                        None if object.preserve_unknown => {}
                        None => check.fault("field not declared in schema".into()),
                    });
                }
            }
            (Schema::Map(_) | Schema::Object(_), other) => self.fault(format!("expected map, got &{{{}}}", printed(other))),
        }
    }

    fn items(&mut self, list: &List, items: &[Value]) {
        let mut seen = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            let element = if list.list_type == ListType::Atomic { Ok(Element::Index(at)) } else { element_of(list, item) };
            match element {
                // As upstream: of what follows nothing is said.
                Err(why) => return self.fault(format!("element {at}: {why}")),
                Ok(element) => {
                    if !seen.insert(element.clone()) {
                        self.fault(format!("duplicate entries for key {element}"));
                    }
                    self.below(element, |check| check.value(NodeType::Of(&list.items), item));
                }
            }
        }
    }
}

fn misfit(scalar: Scalar, value: &Value) -> Option<String> {
    match scalar {
        Scalar::Any | Scalar::Open => None,
        Scalar::Int32 | Scalar::Int64 | Scalar::Number => {
            (!value.is_number()).then(|| format!("expected numeric (int or float), got {}", type_in_go(value)))
        }
        Scalar::Bool => (!value.is_boolean()).then(|| format!("expected boolean, got &{{{}}}", printed(value))),
        Scalar::String | Scalar::Bytes => {
            (!value.is_string()).then(|| format!("expected string, got &value.valueUnstructured{{Value:{}}}", source(value)))
        }
        Scalar::Time | Scalar::MicroTime | Scalar::Quantity | Scalar::IntOrString => {
            (value.is_object() || value.is_array()).then(|| format!("expected any scalar, got &{{{}}}", printed(value)))
        }
    }
}
