//! Pruning.

use std::fmt::Write as _;

use serde_json::Value;

use super::model::{Additional, Structural};
use crate::decode::read_metadata;
use crate::go;

/// Unknown fields that are told; there may be more.
const TOLD: usize = 100;
/// Bytes that are shown of what cannot be read.
const SHOWN: usize = 4_096;

impl Structural {
    /// Drops the fields of a whole object that the schema does not know, and what cannot be read of the metadata of those inside
    /// it; answers the paths of what is not known.
    pub fn prune(&self, object: &mut Value) -> Vec<String> {
        let mut pruning = Pruning::default();
        pruning.whole(self, object, true);
        pruning.unknown
    }

    /// The same of an object that a client sends; one that was `applied` keeps its nulls.
    ///
    /// # Errors
    /// Why the metadata of an object inside it cannot be read, in upstream's words.
    pub fn prune_strictly(&self, object: &mut Value, applied: bool) -> Result<Vec<String>, String> {
        let mut pruning = Pruning { strict: true, applied, ..Pruning::default() };
        pruning.whole(self, object, true);
        pruning.fault.map_or(Ok(pruning.unknown), Err)
    }
}

/// Drops what `schema` does not know of `value`, whose metadata is judged elsewhere; answers the paths.
pub(in crate::custom) fn prune_part(schema: &Structural, value: &mut Value) -> Vec<String> {
    let mut pruning = Pruning::default();
    pruning.whole(schema, value, false);
    pruning.unknown
}

#[derive(Default)]
struct Pruning {
    path: String,
    unknown: Vec<String>,
    /// What cannot be read is a fault, and is not dropped.
    strict: bool,
    /// Nulls that are no value stay, to be refused.
    applied: bool,
    fault: Option<String>,
}

impl Pruning {
    fn whole(&mut self, schema: &Structural, value: &mut Value, whole: bool) {
        self.node(Some(schema), value, whole, schema.preserve_unknown);
        self.unknown.sort();
        if schema.has_embedded {
            if !self.applied {
                schema.drop_nulls(value);
            }
            let fields = std::mem::take(&mut self.unknown);
            self.inside(schema, value);
            self.unknown.sort();
            self.unknown.splice(0..0, fields);
        }
    }

    /// Drops what `schema`, where there is one, does not know of `value`; of a `kept` one only below what it knows.
    fn node(&mut self, schema: Option<&Structural>, value: &mut Value, whole: bool, kept: bool) {
        match value {
            Value::Object(map) => map.retain(|name, value| {
                let whole = whole || schema.is_some_and(|schema| schema.embedded);
                if whole && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                    return true;
                }
                let inner = schema.and_then(|schema| schema.field(name));
                let open = schema.is_some_and(|schema| !matches!(schema.additional, Additional::None));
                if inner.is_some() || open {
                    self.at(Step::Field(name), |pruning| {
                        pruning.node(inner, value, false, inner.is_some_and(|inner| inner.preserve_unknown));
                    });
                    return true;
                }
                if !kept {
                    self.tell(name);
                }
                kept
            }),
            Value::Array(items) => {
                let inner = schema.and_then(|schema| schema.items.as_deref());
                // Items of a list that is kept are kept as well, and of what no schema tells of all stays.
                if kept && inner.is_none() {
                    return;
                }
                let kept = kept || inner.is_some_and(|inner| inner.preserve_unknown);
                for (at, item) in items.iter_mut().enumerate() {
                    self.at(Step::Item(at), |pruning| pruning.node(inner, item, false, kept));
                }
            }
            _ => {}
        }
    }

    /// Reads the type and the metadata of objects in `value`.
    fn inside(&mut self, schema: &Structural, value: &mut Value) {
        if !schema.has_embedded || self.fault.is_some() {
            return;
        }
        match value {
            Value::Object(map) => map.retain(|name, value| {
                let kept = !schema.embedded || self.at(Step::Field(name), |pruning| pruning.own(name, value));
                let step = if schema.property(name).is_some() { Step::Field(name) } else { Step::Key(name) };
                if let Some(inner) = schema.field(name) {
                    self.at(step, |pruning| pruning.inside(inner, value));
                }
                kept
            }),
            Value::Array(items) => {
                let Some(inner) = &schema.items else { return };
                for (at, item) in items.iter_mut().enumerate() {
                    self.at(Step::Item(at), |pruning| pruning.inside(inner, item));
                }
            }
            _ => {}
        }
    }

    /// Reads the field called `name` of an object; whether it may stay.
    fn own(&mut self, name: &str, value: &mut Value) -> bool {
        match name {
            // What was applied is refused later, with all else that is wrong.
            "apiVersion" | "kind" if !value.is_string() && self.applied => true,
            "apiVersion" | "kind" if !value.is_string() => {
                self.refuse(value, "must be a string");
                self.strict
            }
            "metadata" => {
                self.metadata(value);
                true
            }
            _ => true,
        }
    }

    /// Reads metadata as that of any kind.
    fn metadata(&mut self, metadata: &mut Value) {
        match read_metadata(metadata.clone()) {
            Ok((read, unknown)) => {
                *metadata = read;
                unknown.iter().for_each(|name| self.tell(name));
            }
            Err(why) if self.strict => self.refuse(metadata, &why),
            Err(_) => {
                let fields = metadata.as_object().into_iter().flatten();
                let read = fields.filter_map(|(name, value)| {
                    let alone = Value::from_iter([(name.clone(), value.clone())]);
                    read_metadata(alone).ok()?.0.get(name).map(|value| (name.clone(), value.clone()))
                });
                *metadata = Value::from_iter(read);
            }
        }
    }

    fn refuse(&mut self, value: &Value, why: &str) {
        let shown = go::json(&go::sorted(value), SHOWN);
        self.fault.get_or_insert_with(|| format!("{}: Invalid value: {shown}: {why}", self.path));
    }

    fn tell(&mut self, name: &str) {
        if self.unknown.len() < TOLD {
            self.at(Step::Field(name), |pruning| pruning.unknown.push(pruning.path.clone()));
        }
    }

    /// Runs `inside` with `step` at the end of the path.
    fn at<R>(&mut self, step: Step<'_>, inside: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        match step {
            Step::Field(name) if length > 0 => self.path.extend([".", name]),
            Step::Field(name) => self.path.push_str(name),
            Step::Key(name) => self.path.extend(["[", name, "]"]),
            Step::Item(at) => drop(write!(self.path, "[{at}]")),
        }
        let result = inside(self);
        self.path.truncate(length);
        result
    }
}

/// A step into a value.
enum Step<'a> {
    Field(&'a str),
    Key(&'a str),
    Item(usize),
}

#[cfg(test)]
mod tests {
    use super::super::compile;
    use serde_json::json;

    #[test]
    fn items_of_a_list_that_keeps_unknown_fields_keep_theirs() {
        let item = json!({"type": "object", "properties": {"a": {"type": "object"}}});
        let schema = compile(&json!({"type": "object", "properties": {
            "open": {"type": "array", "x-kubernetes-preserve-unknown-fields": true, "items": item}}}));
        let mut object = json!({"open": [{"a": {"x": 1}, "b": {"c": 1}}]});
        assert_eq!(schema.prune(&mut object), ["open[0].a.x"]);
        assert_eq!(object, json!({"open": [{"a": {}, "b": {"c": 1}}]}));
    }

    #[test]
    fn what_the_schema_does_not_know_goes() {
        let schema = compile(&json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"closed": {"type": "object"}}},
                "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "any": {"type": "object", "additionalProperties": true},
                "pod": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}},
            }},
        }}));
        let mut object = json!({"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "n"}, "x": 1, "spec": {
            "list": [{"a": "1", "b": 2}], "open": {"x": {"y": 1}, "closed": {"z": 1}}, "map": {"k": {"a": "1", "b": 1}}, "y": {},
            "any": {"a": 1, "b": {"c": 1}},
            "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "color": 1}, "extra": 1}}});
        let unknown = schema.prune(&mut object);
        let paths = [
            "spec.any.b.c",
            "spec.list[0].b",
            "spec.map.k.b",
            "spec.open.closed.z",
            "spec.pod.extra",
            "spec.y",
            "x",
            "spec.pod.metadata.color",
        ];
        assert_eq!(unknown, paths);
        let mut wrong = json!({"spec": {"pod": {"kind": "Pod", "metadata": {"name": 1, "labels": {}, "generateName": "g"}}}});
        let why = schema.prune_strictly(&mut wrong.clone(), false).unwrap_err();
        let fault = "json: cannot unmarshal number into Go struct field ObjectMeta.name of type string";
        assert_eq!(
            why,
            format!("spec.pod.metadata: Invalid value: {{\"generateName\":\"g\",\"labels\":{{}},\"name\":1}}: {fault}")
        );
        let null = json!({"spec": {"pod": null}});
        let kept = |applied: bool| {
            let mut object = null.clone();
            schema.prune_strictly(&mut object, applied).unwrap();
            object == null
        };
        assert!(kept(true) && !kept(false), "only nulls that were applied are there to be refused");
        schema.prune(&mut wrong);
        assert_eq!(wrong["spec"]["pod"]["metadata"]["generateName"], "g");
        assert_eq!(wrong["spec"]["pod"]["metadata"].get("name"), None);
        assert_eq!(
            object,
            json!({"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "n"}, "spec": {
            "list": [{"a": "1"}], "open": {"x": {"y": 1}, "closed": {}}, "map": {"k": {"a": "1"}}, "any": {"a": 1, "b": {}},
            "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}}})
        );
    }
}
