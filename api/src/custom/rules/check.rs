//! Rules applied to an object.

use std::cell::LazyCell;

use kontiki_cel::{Bindings, Budget, EvaluationError, Value as Cel};
use serde_json::Value;

use super::ratchet::Ratchet;
use super::rule::Rule;
use super::tree::{List, Own, Rules};
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};

/// Bytes that a computed message may have.
const LONGEST_MESSAGE: usize = 5 * 1024;

impl Rules {
    /// The faults of `object` in the place of `old`, within upstream's budget for one object, and what is only warned of: rules
    /// that do not hold where nothing has changed.
    pub fn check(&self, object: &Value, old: Option<&Value>) -> (Vec<FieldError>, Vec<FieldError>) {
        let mut pass =
            Pass { budget: Budget::per_object(), faults: Faults::default(), warnings: Faults::default(), spent: false };
        pass.node(self, object, Before { old, ratchet: Ratchet::root(old) }, None);
        (pass.faults.into_errors(), pass.warnings.into_errors())
    }

    /// The faults of `value`, a part of an object, at `path` in the place of `old`.
    pub(in crate::custom) fn check_part(&self, value: &Value, old: Option<&Value>, path: &Path<'_>) -> Vec<FieldError> {
        let mut pass =
            Pass { budget: Budget::per_object(), faults: Faults::default(), warnings: Faults::default(), spent: false };
        pass.node(self, value, Before { old, ratchet: Ratchet::root(None) }, Some(path));
        pass.faults.into_errors()
    }
}

struct Pass {
    budget: Budget<'static>,
    faults: Faults,
    warnings: Faults,
    /// No further rule is run.
    spent: bool,
}

/// What is known of a value that rules are about.
#[derive(Clone, Copy)]
struct Before<'o> {
    /// What rules see of the value before.
    old: Option<&'o Value>,
    /// What is known of it otherwise.
    ratchet: Ratchet<'o>,
}

impl Pass {
    fn node<'o>(&mut self, rules: &Rules, value: &Value, before: Before<'o>, path: Option<&Path<'_>>) {
        if value.is_null() || self.spent {
            return;
        }
        if let Some(own) = &rules.own {
            self.own(own, value, before, path);
        }
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    let Some((field, declared)) = rules.field(name) else { continue };
                    let at = match (path, declared) {
                        (None, _) => Path::new(name),
                        (Some(path), true) => path.child(name),
                        (Some(path), false) => path.key(name),
                    };
                    let ratchet = before.ratchet.within(|old| old.get(name));
                    let old = before.old.and_then(|old| old.get(name));
                    self.node(field, inner, Before { old, ratchet }, Some(&at));
                }
            }
            Value::Array(items) => self.items(rules, value, items, before, path),
            _ => {}
        }
    }

    fn items<'o>(&mut self, rules: &Rules, list: &Value, items: &[Value], before: Before<'o>, path: Option<&Path<'_>>) {
        let (Some(inner), Some(path)) = (rules.items.as_deref(), path) else { return };
        let old = before.old;
        let ratchet = if matches!(rules.list, List::Whole) { before.ratchet.whole(list) } else { before.ratchet };
        // What rules see of the list before, and where they see nothing what else is known of it.
        let known = old.and_then(|old| rules.list.same(old));
        let otherwise = ratchet.before().filter(|_| old.is_none()).and_then(|old| rules.list.same(old));
        for (at, item) in items.iter().enumerate() {
            let same = known.as_ref().and_then(|known| known.of(item));
            let ratchet = match rules.list {
                List::Keys(_) if old.is_some() => ratchet.within(|_| same),
                List::Keys(_) => ratchet.within(|_| otherwise.as_ref().and_then(|known| known.of(item))),
                List::Whole => ratchet,
            };
            self.node(inner, item, Before { old: same, ratchet }, Some(&path.index(at)));
        }
    }

    fn own(&mut self, own: &Own, value: &Value, before: Before<'_>, path: Option<&Path<'_>>) {
        let unchanged = LazyCell::new(|| before.ratchet.unchanged(value));
        let old = before.old.filter(|old| !old.is_null());
        let target = Target { own, value, old, unchanged: &|| *unchanged, path };
        for rule in &own.rules {
            if self.spent {
                return;
            }
            self.rule(rule, &target);
        }
    }

    fn rule(&mut self, rule: &Rule, target: &Target<'_>) {
        if rule.transition && target.old.is_none() && !rule.optional_old {
            return;
        }
        if self.budget.remaining() == 0 {
            return self.fail(rule, &EvaluationError::OutOfBudget, target);
        }
        let schema = &target.own.schema;
        let mut bindings = Bindings::new().bind("self", Cel::typed(target.value, schema));
        if target.own.transition {
            let before = target.old.map(|old| Cel::typed(old, schema));
            bindings = match (rule.optional_old, before) {
                (true, before) => bindings.bind("oldSelf", Cel::Optional(before.map(Into::into))),
                (false, Some(before)) => bindings.bind("oldSelf", before),
                (false, None) => bindings,
            };
        }
        match rule.program.evaluate(&bindings, &mut self.budget) {
            Ok(result) if result.as_bool() == Some(true) => {}
            Ok(_) => self.refuse(rule, &bindings, target),
            Err(error) => self.fail(rule, &error, target),
        }
    }

    /// The rule does not hold. Where it is only about what has not changed, that is no fault.
    fn refuse(&mut self, rule: &Rule, bindings: &Bindings<'_>, target: &Target<'_>) {
        let computed = match self.compute(rule, bindings) {
            Ok(computed) => computed,
            Err(fatal) => {
                self.spent = true;
                return self.tell(rule, target, |path, faults| faults.invalid_text(path, &target.own.r#type, &fatal));
            }
        };
        let message = computed.or_else(|| rule.message.as_deref().map(str::to_owned));
        let message = message.unwrap_or_else(|| format!("failed rule: {}", rule.text));
        let scalar = !matches!(&*target.own.r#type, "object" | "array");
        self.tell(rule, target, |path, faults| match (rule.reason.as_deref(), scalar) {
            (Some("FieldValueForbidden"), _) => faults.forbidden(path, &message),
            (Some("FieldValueRequired"), _) => faults.required(path, &message),
            (Some("FieldValueDuplicate"), true) => faults.duplicate(path, target.value),
            (Some("FieldValueDuplicate"), false) => faults.duplicate_whole(path),
            (_, true) => faults.invalid(path, target.value, &message),
            (_, false) => faults.invalid_whole(path, &message),
        });
    }

    /// The message of `rule` that is computed, where there is one and it can be told.
    ///
    /// # Errors
    /// That it costs too much, after which no rule is run.
    fn compute(&mut self, rule: &Rule, bindings: &Bindings<'_>) -> Result<Option<String>, String> {
        let Some((program, source)) = &rule.computed else { return Ok(None) };
        match program.evaluate(bindings, &mut self.budget) {
            Ok(message) => {
                let text = message.as_str().map(str::trim);
                let fit = |text: &&str| !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains('\n');
                Ok(text.filter(fit).map(str::to_owned))
            }
            Err(EvaluationError::CostLimit) => Err(format!(
                "no further validation rules will be run due to call cost exceeds limit for messageExpression: {source:?}"
            )),
            Err(error) if error.is_fatal() => Err("messageExpression evaluation failed due to running out of cost budget, \
                 no further validation rules will be run"
                .into()),
            Err(_) => Ok(None),
        }
    }

    /// Tells what is wrong, at the field that `rule` is about.
    fn tell(&mut self, rule: &Rule, target: &Target<'_>, what: impl Fn(&Path<'_>, &mut Faults)) {
        let forgiven = !rule.transition && (target.unchanged)();
        let told = if forgiven { &mut self.warnings } else { &mut self.faults };
        match (target.path, rule.field_path.as_deref()) {
            (Some(path), Some(field)) => what(&path.child(field), told),
            (Some(path), None) => what(path, told),
            (None, Some(field)) => what(&Path::new(field), told),
            (None, None) => what(&Path::new("<nil>"), told),
        }
    }

    /// The rule cannot be evaluated: a fault whatever has changed.
    fn fail(&mut self, rule: &Rule, error: &EvaluationError, target: &Target<'_>) {
        let shown = rule.shown();
        let message = match error {
            EvaluationError::OutOfBudget => error.to_string(),
            EvaluationError::CostLimit => {
                format!("'{error}': no further validation rules will be run due to call cost exceeds limit for rule: {shown}")
            }
            _ if error.to_string().starts_with("no such overload") => format!(
                "'{error}': call arguments did not match a supported operator, function or macro signature for rule: {shown}"
            ),
            _ => format!("{error} evaluating rule: {shown}"),
        };
        self.spent |= error.is_fatal();
        let root = Path::new("<nil>");
        self.faults.invalid_text(target.path.unwrap_or(&root), &target.own.r#type, message);
    }
}

/// What a rule is about.
struct Target<'t> {
    own: &'t Own,
    value: &'t Value,
    /// What `oldSelf` is.
    old: Option<&'t Value>,
    /// Whether it, or the nearest value around it that can be told, is as it was.
    unchanged: &'t dyn Fn() -> bool,
    path: Option<&'t Path<'t>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(schema: &Value, object: &Value, old: Option<&Value>) -> Vec<String> {
        both(schema, object, old).0
    }

    /// Faults, and warnings.
    fn both(schema: &Value, object: &Value, old: Option<&Value>) -> (Vec<String>, Vec<String>) {
        let told = |found: Vec<FieldError>| found.iter().map(ToString::to_string).collect();
        let (faults, warnings) = Rules::compile(schema).unwrap().check(object, old);
        (told(faults), told(warnings))
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
        assert_eq!(found, ["spec: Invalid value: min 30 is over max", "spec.max: Forbidden: too many"]);
        let found = faults(&schema, &json!({"spec": {"min": 3}}), None);
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("no such key: max evaluating rule: self.min <= self.max"), "{found:?}");
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
        let wanted = ["spec.list[2]: Invalid value: may only grow", r#"spec.once: Invalid value: "y": is immutable"#];
        assert_eq!(found, wanted);
    }

    fn list(r#type: &str) -> Value {
        let item = json!({"type": "object", "properties": {"n": {"type": "string"}, "v": {"type": "integer"}},
            "x-kubernetes-validations": [{"rule": "self.v < 5", "message": "too large"}]});
        let mut list = json!({"type": "array", "items": item});
        if !r#type.is_empty() {
            list["x-kubernetes-list-type"] = r#type.into();
            list["x-kubernetes-list-map-keys"] = if r#type == "map" { json!(["n"]) } else { json!([]) };
        }
        spec(json!([]), json!({"list": list, "m": {"type": "string"}}))
    }

    #[test]
    fn a_rule_broken_before_is_a_warning_where_nothing_changes() {
        let old = json!({"spec": {"list": [{"n": "a", "v": 9}, {"n": "b", "v": 1}]}});
        let elsewhere = json!({"spec": {"list": [{"n": "a", "v": 9}, {"n": "b", "v": 1}], "m": "x"}});
        let grown = json!({"spec": {"list": [{"n": "a", "v": 9}, {"n": "b", "v": 2}]}});
        let swapped = json!({"spec": {"list": [{"n": "b", "v": 1}, {"n": "a", "v": 9}]}});
        let at = |at: usize| vec![format!("spec.list[{at}]: Invalid value: too large")];
        let none = Vec::<String>::new;
        for (r#type, new, wanted) in [
            ("", &elsewhere, (none(), at(0))),
            ("", &grown, (at(0), none())),
            ("", &swapped, (at(1), none())),
            ("atomic", &elsewhere, (none(), at(0))),
            ("atomic", &grown, (at(0), none())),
            ("set", &elsewhere, (none(), at(0))),
            ("set", &grown, (at(0), none())),
            ("map", &grown, (none(), at(0))),
            ("map", &swapped, (none(), at(1))),
        ] {
            assert_eq!(both(&list(r#type), new, Some(&old)), wanted, "{type} {new}");
            assert_eq!(both(&list(r#type), new, None).0.len(), 1, "{type} {new}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_is_a_fault_whatever_changes() {
        let old = json!({"spec": {"list": [{"n": "a"}]}});
        let (faults, warnings) = both(&list(""), &old, Some(&old));
        assert!(faults[0].contains("no such key: v"), "{faults:?}");
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn what_does_not_change_passes() {
        let schema = spec(
            json!([]),
            json!({"n": {"type": "integer", "x-kubernetes-validations": [{"rule": "self < 5"}]}, "m": {"type": "string"}}),
        );
        let (old, new) = (json!({"spec": {"n": 9}}), json!({"spec": {"n": 9, "m": "x"}}));
        assert!(faults(&schema, &new, Some(&old)).is_empty());
        assert_eq!(faults(&schema, &new, None), ["spec.n: Invalid value: 9: failed rule: self < 5"]);
    }
}
