//! Metrics of autoscalers in the shapes of both versions.
//!
//! Version 1 has flat structs (`targetAverageUtilization`, `metricName`) where version 2 has `target`, `current` and
//! `metric`; upstream writes the former into annotations.

use serde_json::{Map, Value, json};

use super::child;
use crate::quantity::Quantity;

/// Which of its lists a metric is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// `spec.metrics`.
    Target,
    /// `status.currentMetrics`.
    Current,
}

/// What a field is that is not there, in the version whose Go type has no pointer.
#[derive(Clone, Copy)]
enum Zero {
    /// Nothing: it may be absent.
    None,
    /// Empty text, in both versions.
    Text,
    /// An object of no kind and no name, in both versions.
    Reference,
    /// An amount of nothing, in version 1.
    Amount,
    /// The same, but among the current metrics alone.
    CurrentAmount,
}

/// Field of version 1, place in version 2, what it is where it is absent. `*` stands for the side.
type Field = (&'static str, &'static str, Zero);

const SHAPES: &[(&str, &[Field])] = &[
    (
        "object",
        &[
            ("target", "describedObject", Zero::Reference),
            ("metricName", "metric.name", Zero::Text),
            ("selector", "metric.selector", Zero::None),
            ("*Value", "*.value", Zero::Amount),
            ("averageValue", "*.averageValue", Zero::None),
        ],
    ),
    (
        "pods",
        &[
            ("metricName", "metric.name", Zero::Text),
            ("selector", "metric.selector", Zero::None),
            ("*AverageValue", "*.averageValue", Zero::Amount),
        ],
    ),
    (
        "resource",
        &[
            ("name", "name", Zero::Text),
            ("*AverageUtilization", "*.averageUtilization", Zero::None),
            ("*AverageValue", "*.averageValue", Zero::CurrentAmount),
        ],
    ),
    (
        "containerResource",
        &[
            ("name", "name", Zero::Text),
            ("*AverageUtilization", "*.averageUtilization", Zero::None),
            ("*AverageValue", "*.averageValue", Zero::CurrentAmount),
            ("container", "container", Zero::Text),
        ],
    ),
    (
        "external",
        &[
            ("metricName", "metric.name", Zero::Text),
            ("metricSelector", "metric.selector", Zero::None),
            ("*Value", "*.value", Zero::CurrentAmount),
            ("*AverageValue", "*.averageValue", Zero::None),
        ],
    ),
];

impl Side {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Current => "current",
        }
    }

    fn named(self, pattern: &str) -> String {
        pattern.replace('*', self.name())
    }

    fn zero(self, zero: Zero) -> Option<Value> {
        match zero {
            Zero::Text => Some("".into()),
            Zero::Reference => Some(json!({"kind": "", "name": ""})),
            Zero::Amount => Some("0".into()),
            Zero::CurrentAmount if self == Self::Current => Some("0".into()),
            Zero::None | Zero::CurrentAmount => None,
        }
    }
}

/// The metric of version 1 that says what `metric` does.
pub(super) fn to_first(metric: &Value, side: Side) -> Value {
    let mut first = json!({"type": metric["type"]});
    for (name, fields) in SHAPES {
        let Some(own) = metric.get(*name).filter(|own| own.is_object()) else { continue };
        let mut shape = Map::new();
        for (field, place, zero) in *fields {
            let pointer = format!("/{}", side.named(place).replace('.', "/"));
            if let Some(value) = own.pointer(&pointer).cloned().or_else(|| side.zero(*zero)) {
                shape.insert(side.named(field), value);
            }
        }
        first[*name] = shape.into();
    }
    first
}

/// The metric of version 2 that says what `metric`, of version 1, does. What is of the wrong type stays so, for the schema to
/// find.
pub(super) fn to_second(metric: &Value, side: Side) -> Value {
    if !metric.is_object() {
        return metric.clone();
    }
    let mut second = json!({"type": metric["type"]});
    for (name, fields) in SHAPES {
        let Some(own) = metric.get(*name) else { continue };
        if !own.is_object() {
            second[*name] = own.clone();
            continue;
        }
        let mut shape = Map::new();
        for (field, place, zero) in *fields {
            let value = own.get(&*side.named(field)).filter(|value| !value.is_null()).cloned();
            if let Some(value) = value.or_else(|| side.zero(*zero)) {
                put(&mut shape, &side.named(place), value);
            }
        }
        if side == Side::Target
            && let Some(target) = child(&mut shape, "target")
        {
            aim(name, target);
        }
        second[*name] = shape.into();
    }
    second
}

fn put(shape: &mut Map<String, Value>, place: &str, value: Value) {
    let (holder, field) = match place.split_once('.') {
        Some((outer, field)) => (child(shape, outer), field),
        None => (Some(shape), place),
    };
    if let Some(holder) = holder {
        holder.insert(field.into(), value);
    }
}

/// Names the figure that is aimed at. The value that version 1 cannot leave out goes where an average is aimed at.
fn aim(name: &str, target: &mut Map<String, Value>) {
    let is_nothing = |value: &Value| Quantity::from_value(value).is_ok_and(Quantity::is_zero);
    if name == "object" && target.contains_key("averageValue") && target.get("value").is_some_and(is_nothing) {
        target.shift_remove("value");
    }
    let kind = match name {
        "object" if !target.contains_key("averageValue") => "Value",
        "external" if target.contains_key("value") => "Value",
        _ if target.contains_key("averageUtilization") => "Utilization",
        _ => "AverageValue",
    };
    target.shift_insert(0, "type".into(), kind.into());
}
