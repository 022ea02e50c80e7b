//! Whether the rules of a definition are fit to be run.

use kontiki_cel::Schema;
use serde_json::Value;

use super::rule::Rule;
use super::tree::listed;
use crate::custom::validate::{go, led_to};
use crate::kind::validate::{Faults, Path};

/// Most that one rule may cost by estimate, over all values that it is run on.
const PER_RULE: u64 = 10_000_000;
/// Most that all rules of a schema may cost by estimate.
const PER_SCHEMA: u64 = 100_000_000;
const REASONS: [&str; 4] = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// What the rules of a schema may cost by estimate.
#[derive(Default)]
pub(in crate::custom) struct Total {
    cost: u64,
    /// Those that may cost most, the dearest first: with where they are.
    dearest: Vec<(u64, String)>,
}

impl Total {
    /// How many of the dearest are told.
    const TOLD: usize = 4;

    /// Tells of a schema at `path` whose rules may cost too much together.
    pub fn tell(&self, path: &Path<'_>, faults: &mut Faults) {
        if self.cost <= PER_SCHEMA {
            return;
        }
        for (_, at) in &self.dearest {
            let why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
            faults.forbidden(&Path::new(at), why);
        }
        let what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        faults.forbidden(path, over(what, self.cost, PER_SCHEMA));
    }

    /// Adds the expression at `path`. Less than a hundredth of what is allowed is not worth telling.
    fn add(&mut self, cost: u64, path: &Path<'_>) {
        self.cost = self.cost.saturating_add(cost);
        if cost >= PER_SCHEMA / 100 {
            let at = self.dearest.partition_point(|(other, _)| *other >= cost);
            self.dearest.insert(at, (cost, path.to_string()));
            self.dearest.truncate(Self::TOLD);
        }
    }
}

/// How often a node may be there; nothing is known below a list or a map without bounds.
#[derive(Clone, Copy)]
pub(in crate::custom) struct Place(Option<u64>);

impl Place {
    /// Of a whole object.
    pub const ROOT: Self = Self(Some(1));

    /// Of the parts of `document`, which is here.
    pub fn below(self, document: &Value) -> Self {
        Self(self.0.zip(parts(document)).map(|(times, parts)| times.saturating_mul(parts)))
    }
}

/// What bears on the rules of a node.
#[derive(Clone, Copy)]
pub(in crate::custom) struct At<'p> {
    /// How often it may be there.
    pub place: Place,
    /// It is a root.
    pub root: bool,
    /// The outermost list or map whose parts cannot be told from one another when they change.
    pub uncorrelatable: Option<&'p Path<'p>>,
    /// What single rules cost does not matter.
    pub suppress_cost: bool,
}

/// Checks the rules of `document` itself, which have the right form: that they compile, and that they cannot cost too much.
pub(in crate::custom) fn accept(document: &Value, at: At<'_>, path: &Path<'_>, total: &mut Total, faults: &mut Faults) {
    if listed(document).is_empty() {
        return;
    }
    let whole = at.root || document["x-kubernetes-embedded-resource"] == true;
    let Some(schema) = Schema::from_openapi(document, whole) else { return };
    let rules = path.child("x-kubernetes-validations");
    for (index, raw) in listed(document).iter().enumerate() {
        rule(raw, document, &schema, at, &rules.index(index), total, faults);
    }
}

/// How many items or values a list or a map has at most, where that is bounded; the fields of an object are there once.
fn parts(document: &Value) -> Option<u64> {
    let bound = |name: &str| document.get(name).and_then(|most| most.as_u64().or_else(|| most.as_i64().map(|_| 0)));
    match document["type"].as_str() {
        Some("array") => bound("maxItems"),
        Some("object") if !document["additionalProperties"].is_null() => bound("maxProperties"),
        _ => Some(1),
    }
}

/// Checks the form of the rules of `document`: the members that are not expressions. Line breaks at the ends do not count.
pub(in crate::custom) fn form(document: &Value, path: &Path<'_>, faults: &mut Faults) {
    let rules = path.child("x-kubernetes-validations");
    for (at, raw) in listed(document).iter().enumerate() {
        form_of(raw, document, &rules.index(at), faults);
    }
}

fn form_of(raw: &Value, schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    let text = |name: &str| raw.get(name).and_then(Value::as_str).unwrap_or_default();
    let (rule, message) = (text("rule").trim(), text("message"));
    let breaks = |text: &str| text.contains(['\n', '\r']);
    if rule.is_empty() {
        faults.required(&path.child("rule"), "rule is not specified");
    } else if !message.is_empty() && message.trim().is_empty() {
        faults.invalid_text(&path.child("message"), message, "must be non-empty if specified");
    } else if breaks(message.trim()) {
        faults.invalid_text(&path.child("message"), message, "must not contain line breaks");
    } else if message.is_empty() && breaks(rule) {
        faults.required(&path.child("message"), "message must be specified if rule contains line breaks");
    }
    let computed = text("messageExpression");
    if !computed.is_empty() && computed.trim().is_empty() {
        faults.required(&path.child("messageExpression"), "messageExpression must be non-empty if specified");
    }
    if raw.get("reason").is_some_and(Value::is_string) {
        faults.one_of(&path.child("reason"), raw.get("reason"), &REASONS);
    }
    let (field, path) = (text("fieldPath"), path.child("fieldPath"));
    if field.is_empty() {
        return;
    }
    if field.trim().is_empty() {
        faults.invalid_text(&path, field, "must be non-empty if specified");
    }
    if breaks(field) {
        faults.invalid_text(&path, field, "must not contain line breaks");
    }
    if led_to(schema, field, true).is_err() {
        faults.invalid_text(&path, field, "must be a valid path");
    }
}

fn rule(raw: &Value, document: &Value, schema: &Schema, at: At<'_>, path: &Path<'_>, total: &mut Total, faults: &mut Faults) {
    let rule = match Rule::compile(raw, document, schema) {
        Ok((rule, message)) => {
            costs(raw, &rule, message, schema, at, path, total, faults);
            Some(rule)
        }
        Err(why) => {
            faults.invalid_shown(&path.child("rule"), go::rule(raw), why);
            None
        }
    };
    if rule.is_some_and(|rule| rule.transition) {
        if let Some(list) = at.uncorrelatable {
            let why = format!("oldSelf cannot be used on the uncorrelatable portion of the schema within {list}");
            let source = raw.get("rule").and_then(Value::as_str).unwrap_or_default();
            faults.invalid_text(&path.child("rule"), source, why);
        }
    } else if let Some(value) = raw.get("optionalOldSelf").filter(|value| value.is_boolean()) {
        faults.invalid(&path.child("optionalOldSelf"), value, "may not be set if oldSelf is not used in rule");
    }
}

/// What `rule` and its message cost; `refused` is what is wrong with the message.
#[allow(clippy::too_many_arguments, reason = "the parts of one step")]
fn costs(
    raw: &Value,
    rule: &Rule,
    refused: Option<String>,
    schema: &Schema,
    at: At<'_>,
    path: &Path<'_>,
    total: &mut Total,
    faults: &mut Faults,
) {
    let sizes = Rule::environment(raw, schema);
    let cost = rule.program.estimated_cost(&sizes).max.saturating_mul(at.place.0.unwrap_or_else(|| schema.most_in_a_request()));
    if cost > PER_RULE && !at.suppress_cost {
        faults.forbidden(&path.child("rule"), over("estimated rule cost", cost, PER_RULE));
    }
    total.add(cost, &path.child("rule"));
    if let Some(why) = refused {
        faults.invalid_shown(&path.child("messageExpression"), go::rule(raw), why);
    } else if let Some((program, _)) = &rule.computed {
        // As upstream: a message is reckoned once, wherever the rule stands.
        let cost = program.estimated_cost(&sizes).max;
        if cost > PER_RULE && !at.suppress_cost {
            faults.forbidden(&path.child("messageExpression"), over("estimated messageExpression cost", cost, PER_RULE));
        }
        total.add(cost, &path.child("messageExpression"));
    }
}

fn over(what: &str, cost: u64, limit: u64) -> String {
    let factor = cost as f64 / limit as f64;
    let factor = match factor {
        100.0.. => "more than 100x".to_owned(),
        1.5.. => format!("{factor:.1}x"),
        _ => format!("{factor:.6}x"),
    };
    format!(
        "{what} exceeds budget by factor of {factor} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength \
         where arrays, maps, and strings are declared)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custom::validate::schema_faults;
    use serde_json::json;

    fn faults_of(schema: Value) -> Vec<String> {
        let mut faults = Faults::default();
        schema_faults(&schema, &Path::new("s"), &mut faults);
        faults.into_errors().iter().map(ToString::to_string).collect()
    }

    fn with(rule: Value, field: Value) -> Value {
        json!({"type": "object", "properties": {"a": field}, "x-kubernetes-validations": [rule]})
    }

    #[test]
    fn rules_that_cannot_be_run_are_refused() {
        let text = json!({"type": "string", "maxLength": 10});
        assert_eq!(faults_of(with(json!({"rule": "self.a == 'x'"}), text.clone())), Vec::<String>::new());
        for (rule, wanted) in [
            (json!({"rule": " "}), "s.x-kubernetes-validations[0].rule: Required value: rule is not specified"),
            (json!({"rule": "self.b == 'x'"}), "compilation failed: ERROR: <input>:1:5: undefined field 'b'"),
            (json!({"rule": "self.a"}), "cel expression must evaluate to a bool"),
            (json!({"rule": "true", "messageExpression": "1"}), "messageExpression must evaluate to a string"),
            (json!({"rule": "true", "message": "a\nb"}), "must not contain line breaks"),
            (json!({"rule": "true", "reason": "Bad"}), "s.x-kubernetes-validations[0].reason: Unsupported value: \"Bad\""),
            (json!({"rule": "true", "optionalOldSelf": true}), "may not be set if oldSelf is not used in rule"),
            (
                json!({"rule": "true", "messageExpression": " "}),
                "Required value: messageExpression must be non-empty if specified",
            ),
            (json!({"rule": "true", "fieldPath": ".b"}), "fieldPath: Invalid value: \".b\": must be a valid path"),
        ] {
            let found = faults_of(with(rule, text.clone()));
            assert!(found.iter().any(|fault| fault.contains(wanted)), "{wanted}: {found:#?}");
        }
    }

    #[test]
    fn rules_that_may_cost_too_much_are_refused() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let found = faults_of(with(json!({"rule": "self.a.all(x, self.a.all(y, x == y))"}), list));
        assert!(
            found[0].contains(
                "s.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x"
            ),
            "{found:?}"
        );
    }

    #[test]
    fn what_the_schema_bounds_bounds_the_cost() {
        let list = |most: u64| json!({"type": "array", "maxItems": most, "items": {"type": "string", "maxLength": 20}});
        let rule = json!({"rule": "self.a.all(x, self.a.exists_one(y, x == y))"});
        assert_eq!(faults_of(with(rule.clone(), list(100))), Vec::<String>::new());
        assert!(faults_of(with(rule, list(10_000)))[0].contains("estimated rule cost exceeds budget"));
    }

    /// As Istio's definitions have it.
    #[test]
    fn a_rule_below_a_list_without_bounds_is_run_as_often_as_its_values_fit_into_a_request() {
        let nested = |rule: &str, outer: Value| {
            let port = json!({"type": "string", "x-kubernetes-validations": [{"rule": rule, "message": "m"}]});
            let ports = json!({"type": "array", "maxItems": 4096, "items": {"type": "object", "properties": {"timeout": port}}});
            let mut subsets = json!({"type": "array", "items": {"type": "object", "properties": {"ports": ports}}});
            subsets.as_object_mut().unwrap().extend(outer.as_object().unwrap().clone());
            faults_of(json!({"type": "object", "properties": {"subsets": subsets}}))
        };
        let rule = "duration(self) >= duration('1ms')";
        assert_eq!(nested(rule, json!({})), Vec::<String>::new());
        assert_eq!(nested(rule, json!({"maxItems": 100})), Vec::<String>::new());
        // Bounds count even where they come to more.
        assert!(nested(rule, json!({"maxItems": 100_000}))[0].contains("estimated rule cost exceeds budget"));
        // 3 MiB / (2 + 1) values at a cost of ten and more.
        let found = nested(&["self == 'a'"; 6].join(" || "), json!({}));
        assert!(found[0].contains("rule: Forbidden: estimated rule cost exceeds budget by factor of"), "{found:#?}");
    }

    #[test]
    fn a_map_without_bounds_is_as_a_list_without_bounds() {
        let map = |most: Value| {
            let inner = json!({"type": "object", "maxProperties": 4000, "additionalProperties": {"type": "string",
                "x-kubernetes-validations": [{"rule": "self != ''"}]}});
            let mut map = json!({"type": "object", "additionalProperties": inner});
            map.as_object_mut().unwrap().extend(most.as_object().unwrap().clone());
            faults_of(json!({"type": "object", "properties": {"map": map}}))
        };
        assert_eq!(map(json!({})), Vec::<String>::new());
        assert!(map(json!({"maxProperties": 4000}))[0].contains("estimated rule cost exceeds budget"));
    }

    #[test]
    fn comparing_objects_costs_nothing_before_it_is_done() {
        let item = json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}, "v": {"type": "object",
            "properties": {"a": {"type": "string"}}, "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "m"}]}}});
        let list = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "items": item});
        assert_eq!(faults_of(json!({"type": "object", "properties": {"list": list}})), Vec::<String>::new());
    }

    #[test]
    fn line_breaks_around_a_message_do_not_count() {
        let text = json!({"type": "string", "maxLength": 10});
        let fine = json!({"rule": "self.a == 'x'\n  || self.a == 'y'\n", "message": "x or y\n"});
        assert_eq!(faults_of(with(fine, text.clone())), Vec::<String>::new());
        let found = faults_of(with(json!({"rule": "self.a == 'x'\n  || self.a == 'y'"}), text));
        assert!(found[0].contains("message must be specified if rule contains line breaks"), "{found:?}");
    }

    #[test]
    fn a_message_may_not_cost_too_much_either() {
        let rule = json!({"rule": "true", "messageExpression": "self.a.map(x, self.a.map(y, x)).size() > 3 ? 'a' : 'b'"});
        let list = |most: u64| json!({"type": "array", "maxItems": most, "items": {"type": "string", "maxLength": 20}});
        assert_eq!(faults_of(with(rule.clone(), list(10))), Vec::<String>::new());
        let found = faults_of(with(rule, list(10_000)));
        let wanted =
            "s.x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget";
        assert!(found[0].starts_with(wanted), "{found:#?}");
    }

    #[test]
    fn a_transition_needs_to_know_what_was() {
        let inner = json!({"type": "string", "maxLength": 5, "x-kubernetes-validations": [{"rule": "self == oldSelf"}]});
        let schema = json!({"type": "object", "properties": {"a": {"type": "array", "maxItems": 3, "items": inner}}});
        let why = "oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[a]";
        assert!(faults_of(schema)[0].ends_with(why));
    }

    #[test]
    fn the_dearest_rules_are_named_where_all_together_cost_too_much() {
        let dear = |most: u64| {
            json!({"type": "array", "maxItems": most, "items": {"type": "string", "maxLength": 20,
                "x-kubernetes-validations": [{"rule": "self.matches('a+b+')"}]}})
        };
        let each = faults_of(json!({"type": "object", "properties": {"a": dear(300_000)}}));
        assert_eq!(each, Vec::<String>::new());
        let fields: serde_json::Map<String, Value> = (0..60).map(|at| (format!("f{at}"), dear(300_000 + at))).collect();
        let found = faults_of(json!({"type": "object", "properties": fields}));
        let told = "Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
        assert_eq!(found.len(), 5, "{found:#?}");
        for (at, field) in ["f59", "f58", "f57", "f56"].iter().enumerate() {
            assert_eq!(found[at], format!("s.properties[{field}].items.x-kubernetes-validations[0].rule: {told}"));
        }
        assert!(found[4].starts_with("s: Forbidden: x-kubernetes-validations estimated rule cost total"));
    }
}
