//! What expressions of one policy see while one request is admitted.

use std::cell::{Cell, RefCell};

use kontiki_cel::{Activation, Bindings, Budget, EvaluationError, Value};

use super::definition::Definition;
use super::expression::Expression;

/// Variables that may be computed inside one another.
const MAX_NESTING: u32 = 32;

/// Values of variables. Those of the policy are computed when they are first read, and once.
pub(super) struct Scope<'a> {
    bindings: Bindings<'a>,
    policy: &'a Definition,
    computed: RefCell<Vec<Option<Result<Value<'a>, EvaluationError>>>>,
    nesting: Cell<u32>,
    /// What evaluations may still cost together.
    remaining: Cell<u64>,
}

impl<'a> Scope<'a> {
    /// A scope for `policy` in which evaluations may cost what `budget` has.
    pub fn new(policy: &'a Definition, bindings: Bindings<'a>, budget: &Budget<'_>) -> Self {
        let computed = RefCell::new(vec![None; policy.variables.len()]);
        Self { bindings, policy, computed, nesting: Cell::new(0), remaining: Cell::new(budget.remaining()) }
    }

    /// The value of `expression`; why there is none in upstream's words.
    pub fn evaluate(&self, expression: &'a Expression) -> Result<Value<'a>, String> {
        let wrong = |fault: String| format!("expression '{}' resulted in error: {fault}", expression.source);
        self.run(expression).map_err(|error| wrong(error.to_string()))
    }

    fn run(&self, expression: &'a Expression) -> Result<Value<'a>, EvaluationError> {
        let program = expression.program.as_ref().map_err(|fault| EvaluationError::Invalid(fault.as_str().into()))?;
        let before = self.remaining.get();
        let mut budget = Budget::total(before);
        let result = program.evaluate(self, &mut budget);
        // Variables computed on the way have already taken what they cost.
        self.remaining.set(self.remaining.get().saturating_sub(before - budget.remaining()));
        result
    }

    fn compute(&self, at: usize) -> Result<Value<'a>, EvaluationError> {
        if let Some(Some(known)) = self.computed.borrow().get(at) {
            return known.clone();
        }
        let nesting = self.nesting.get();
        if nesting >= MAX_NESTING {
            return Err(EvaluationError::Invalid("variables are nested too deep".into()));
        }
        self.nesting.set(nesting + 1);
        let (_, expression) = self.policy.variables.get(at).ok_or(EvaluationError::NoSuchOverload)?;
        let result = self.run(expression);
        self.nesting.set(nesting);
        if let Some(slot) = self.computed.borrow_mut().get_mut(at) {
            *slot = Some(result.clone());
        }
        result
    }
}

impl<'a> Activation<'a> for Scope<'a> {
    fn variable(&self, name: &str) -> Option<Result<Value<'a>, EvaluationError>> {
        if let Some(bound) = self.bindings.variable(name) {
            return Some(bound);
        }
        let at = self.policy.variables.iter().position(|(variable, _)| variable == name)?;
        let own = name.strip_prefix("variables.").unwrap_or(name);
        Some(self.compute(at).map_err(|error| match error {
            fatal if fatal.is_fatal() => fatal,
            error => EvaluationError::Invalid(format!("composited variable {own:?} fails to evaluate: {error}").into()),
        }))
    }
}
