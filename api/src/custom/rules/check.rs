//! Rules applied to an object.

use kontiki_cel::{Bindings, Budget, EvaluationError, Schema, Value as Cel};
use serde_json::Value;

use super::rule::Rule;
use super::tree::Rules;
use crate::custom::structural::type_name;
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};

impl Rules {
    /// The faults of `object` in the place of `old`, within upstream's budget for one object. What does not change passes.
    pub fn check(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut pass = Pass { budget: Budget::per_object(), faults: Faults::default(), spent: false };
        pass.node(self, object, old, None);
        pass.faults.into_errors()
    }
}

struct Pass {
    budget: Budget<'static>,
    faults: Faults,
    /// No further rule is run.
    spent: bool,
}

impl Pass {
    fn node(&mut self, rules: &Rules, value: &Value, old: Option<&Value>, path: Option<&Path<'_>>) {
        let unchanged = old == Some(value);
        if let Some((schema, own)) = rules.own.as_ref().filter(|_| !value.is_null()) {
            for rule in own.iter().filter(|rule| !unchanged || rule.transition) {
                if self.spent {
                    return;
                }
                self.rule(rule, schema, value, old.filter(|old| !old.is_null()), path);
            }
        }
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    let field = rules.fields.iter().find(|(own, _)| **own == **name).map(|(_, field)| field);
                    if let Some(field) = field.or(rules.values.as_deref()) {
                        let at = path.map_or_else(|| Path::new(name), |path| path.child(name));
                        self.node(field, inner, old.and_then(|old| old.get(name)), Some(&at));
                    }
                }
            }
            Value::Array(items) => {
                let (Some(inner), Some(path)) = (rules.items.as_deref(), path) else { return };
                let before = old.and_then(Value::as_array).filter(|_| !rules.keys.is_empty());
                for (at, item) in items.iter().enumerate() {
                    let same = |old: &&Value| rules.keys.iter().all(|key| old.get(&**key) == item.get(&**key));
                    let before = before.and_then(|before| before.iter().find(same));
                    self.node(inner, item, before, Some(&path.index(at)));
                }
            }
            _ => {}
        }
    }

    fn rule(&mut self, rule: &Rule, schema: &Schema, value: &Value, old: Option<&Value>, path: Option<&Path<'_>>) {
        if rule.transition && old.is_none() && !rule.optional_old {
            return;
        }
        let mut bindings = Bindings::new().bind("self", Cel::typed(value, schema));
        if rule.transition {
            let before = old.map(|old| Cel::typed(old, schema));
            bindings = bindings.bind(
                "oldSelf",
                match (rule.optional_old, before) {
                    (true, Some(before)) => Cel::Optional(Some(before.into())),
                    (true, None) => Cel::Optional(None),
                    (false, before) => before.unwrap_or(Cel::Null),
                },
            );
        }
        match rule.program.evaluate(&bindings, &mut self.budget) {
            Ok(result) if result.as_bool() == Some(true) => {}
            Ok(_) => self.refuse(rule, &bindings, value, path),
            Err(error) => self.fail(rule, &error, value, path),
        }
    }

    /// The rule does not hold.
    fn refuse(&mut self, rule: &Rule, bindings: &Bindings<'_>, value: &Value, path: Option<&Path<'_>>) {
        let computed = rule.message_program.as_ref().and_then(|program| {
            let message = program.evaluate(bindings, &mut self.budget).ok()?;
            message.as_str().map(str::trim).filter(|text| !text.is_empty() && !text.contains('\n')).map(str::to_owned)
        });
        let message = computed.or_else(|| rule.message.as_deref().map(str::to_owned));
        let message = message.unwrap_or_else(|| format!("failed rule: {}", rule.text));
        let below = |path: &Path<'_>, faults: &mut Faults| match rule.reason.as_deref() {
            Some("FieldValueForbidden") => faults.forbidden(path, &message),
            Some("FieldValueRequired") => faults.required(path, &message),
            Some("FieldValueDuplicate") => faults.duplicate(path, value),
            _ => faults.invalid_text(path, type_name(value), &message),
        };
        match (path, rule.field_path.as_deref()) {
            (Some(path), Some(field)) => below(&path.child(field), &mut self.faults),
            (Some(path), None) => below(path, &mut self.faults),
            (None, Some(field)) => below(&Path::new(field), &mut self.faults),
            (None, None) => below(&Path::new("<nil>"), &mut self.faults),
        }
    }

    /// The rule cannot be evaluated.
    fn fail(&mut self, rule: &Rule, error: &EvaluationError, value: &Value, path: Option<&Path<'_>>) {
        let message = match error {
            EvaluationError::OutOfBudget => error.to_string(),
            EvaluationError::CostLimit => {
                format!("no further validation rules will be run due to call cost exceeds limit for rule: {}", rule.text)
            }
            _ => format!("rule evaluation error: {error} evaluating rule: {}", rule.message.as_ref().unwrap_or(&rule.text)),
        };
        self.spent |= error.is_fatal();
        let root = Path::new("<nil>");
        self.faults.invalid_text(path.unwrap_or(&root), type_name(value), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(schema: &Value, object: &Value, old: Option<&Value>) -> Vec<String> {
        let rules = Rules::compile(schema).unwrap();
        rules.check(object, old).iter().map(ToString::to_string).collect()
    }

    fn spec(rules: Value, fields: Value) -> Value {
        json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-validations": rules, "properties": fields}}})
    }

    #[test]
    fn a_rule_that_does_not_hold_is_told() {
        let schema = spec(
            json!([{"rule": "self.min <= self.max", "messageExpression": "'min ' + string(self.min) + ' is over max'"},
                {"rule": "self.max < 10", "fieldPath": ".max", "reason": "FieldValueForbidden", "message": "too many"}]),
            json!({"min": {"type": "integer"}, "max": {"type": "integer"}}),
        );
        assert!(faults(&schema, &json!({"spec": {"min": 1, "max": 2}}), None).is_empty());
        let found = faults(&schema, &json!({"spec": {"min": 30, "max": 20}}), None);
        assert_eq!(found, [r#"spec: Invalid value: "object": min 30 is over max"#, "spec.max: Forbidden: too many"]);
        let found = faults(&schema, &json!({"spec": {"min": 3}}), None);
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("rule evaluation error: no such key: max evaluating rule: self.min <= self.max"), "{found:?}");
    }

    #[test]
    fn a_transition_rule_looks_at_what_was() {
        let list = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "maxItems": 5,
            "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}, "v": {"type": "integer"}},
                "x-kubernetes-validations": [{"rule": "self.v >= oldSelf.v", "message": "may only grow"}]}});
        let once = json!({"type": "string", "x-kubernetes-validations": [
            {"rule": "!oldSelf.hasValue() || oldSelf.value() == self", "optionalOldSelf": true, "message": "is immutable"}]});
        let schema = spec(json!([]), json!({"list": list, "once": once}));
        let old = json!({"spec": {"list": [{"n": "a", "v": 2}, {"n": "b", "v": 1}], "once": "x"}});
        assert!(faults(&schema, &old, None).is_empty());
        let new = json!({"spec": {"list": [{"n": "b", "v": 2}, {"n": "c", "v": 0}, {"n": "a", "v": 1}], "once": "y"}});
        let found = faults(&schema, &new, Some(&old));
        let wanted =
            [r#"spec.list[2]: Invalid value: "object": may only grow"#, r#"spec.once: Invalid value: "string": is immutable"#];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_does_not_change_passes() {
        let schema = spec(
            json!([]),
            json!({"n": {"type": "integer", "x-kubernetes-validations": [{"rule": "self < 5"}]}, "m": {"type": "string"}}),
        );
        let (old, new) = (json!({"spec": {"n": 9}}), json!({"spec": {"n": 9, "m": "x"}}));
        assert!(faults(&schema, &new, Some(&old)).is_empty());
        assert_eq!(faults(&schema, &new, None), [r#"spec.n: Invalid value: "integer": failed rule: self < 5"#]);
    }
}
