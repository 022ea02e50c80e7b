use std::sync::Arc;

use smallvec::SmallVec;

use super::{Activation, Budget, EvaluationError, Regexes, Tools};
use crate::check::{Item, MapItem, MessageField, NodeId, NodeKind};
use crate::cost;
use crate::library::Function;
use crate::program::Program;
use crate::syntax::{Literal, SelectForm};
use crate::value::{Built, Key, List, Map, Text, Value};

pub(super) type Outcome<'a> = Result<Value<'a>, EvaluationError>;

/// Steps between two looks at whether to stop.
const INTERRUPT_EVERY: u32 = 100;

/// One evaluation of one program.
pub(crate) struct Evaluator<'a, 'e> {
    program: &'a Program,
    activation: &'e dyn Activation<'a>,
    interrupt: Option<&'e (dyn Fn() -> bool + 'e)>,
    pub(super) tools: Tools<'a>,
    pub(super) locals: Vec<Outcome<'a>>,
    cost: u64,
    limit: u64,
    steps: u32,
}

impl<'a, 'e> Evaluator<'a, 'e> {
    /// Evaluates `root`; takes what it cost from `budget`.
    pub(crate) fn run<'i: 'e>(
        program: &'a Program,
        root: NodeId,
        activation: &'e dyn Activation<'a>,
        budget: &mut Budget<'i>,
    ) -> Outcome<'a> {
        let limit = budget.per_call.min(budget.remaining);
        let tools = Tools::new(Regexes::new(&program.regexes));
        let mut evaluator =
            Self { program, activation, interrupt: budget.interrupt, tools, locals: Vec::new(), cost: 0, limit, steps: 0 };
        let result = evaluator.node(root);
        let out_of_budget = budget.remaining < budget.per_call && evaluator.cost > budget.remaining;
        budget.remaining = budget.remaining.saturating_sub(evaluator.cost);
        match result {
            Err(EvaluationError::CostLimit) if out_of_budget => Err(EvaluationError::OutOfBudget),
            other => other,
        }
    }

    /// Adds to the cost.
    pub(super) fn pay(&mut self, cost: u64) -> Result<(), EvaluationError> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > self.limit { Err(EvaluationError::CostLimit) } else { Ok(()) }
    }

    /// One iteration: from time to time asks whether to stop.
    pub(super) fn step(&mut self) -> Result<(), EvaluationError> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(INTERRUPT_EVERY) && self.interrupt.is_some_and(|interrupt| interrupt()) {
            return Err(EvaluationError::Interrupted);
        }
        Ok(())
    }

    pub(super) fn node(&mut self, id: NodeId) -> Outcome<'a> {
        let program = self.program;
        let Some(node) = program.node(id) else { return Err(EvaluationError::NoSuchOverload) };
        if node.folded && !matches!(node.kind, NodeKind::Constant(_)) {
            // It costs nothing, but is made each time.
            let (cost, limit) = (self.cost, std::mem::replace(&mut self.limit, u64::MAX));
            let made = self.kind(&node.kind);
            self.tools.spend(self.cost.saturating_sub(cost))?;
            (self.cost, self.limit) = (cost, limit);
            return made;
        }
        match self.kind(&node.kind) {
            Ok(Value::Misfit(why)) => Err(EvaluationError::invalid(why)),
            outcome => outcome,
        }
    }

    fn kind(&mut self, kind: &'a NodeKind) -> Outcome<'a> {
        match kind {
            NodeKind::Constant(literal) => Ok(constant(literal)),
            NodeKind::TypeName(name) => {
                self.pay(1)?;
                Ok(Value::Type(Text::Borrowed(name)))
            }
            NodeKind::Variable(name) => self.variable(name),
            NodeKind::Local(slot) => self.local(*slot),
            NodeKind::Select { operand, field, form } => self.select(*operand, field, *form),
            NodeKind::Index { operand, key, optional } => self.index(*operand, *key, *optional),
            NodeKind::Apply { function, arguments, .. } => self.apply(function, arguments),
            NodeKind::Logic { and, terms } => self.logic(*and, terms),
            NodeKind::Conditional { condition, yes, no } => self.conditional(*condition, *yes, *no),
            NodeKind::List(items) => self.list(items),
            NodeKind::Map(items) => self.map(items),
            NodeKind::Message { name, fields } => self.message(name, fields),
            NodeKind::Fold(fold) => self.fold(fold),
            NodeKind::Bind { value, body } => self.bind(*value, *body),
            NodeKind::OptionalMap { target, body, flat } => self.optional_map(*target, *body, *flat),
        }
    }

    fn variable(&mut self, name: &str) -> Outcome<'a> {
        self.pay(1)?;
        self.activation.variable(name).unwrap_or_else(|| Err(EvaluationError::NoSuchVariable(name.into())))
    }

    fn local(&mut self, slot: usize) -> Outcome<'a> {
        self.pay(1)?;
        self.locals.get(slot).cloned().unwrap_or(Err(EvaluationError::NoSuchOverload))
    }

    fn select(&mut self, operand: NodeId, field: &str, form: SelectForm) -> Outcome<'a> {
        let value = self.node(operand)?;
        if form != SelectForm::Test {
            self.pay(1)?;
        }
        let (map, through) = match value {
            Value::Map(map) => (map, false),
            Value::Optional(None) => return absent(form == SelectForm::Test),
            Value::Optional(Some(inner)) => match &*inner {
                Value::Map(map) => (map.clone(), true),
                _ => return absent(form == SelectForm::Test),
            },
            // Neither null nor a plain value has any field.
            other => {
                return match form {
                    SelectForm::Plain => Err(missing(&other, field)),
                    form => absent(form == SelectForm::Test),
                };
            }
        };
        let found = map.field(field);
        match form {
            SelectForm::Test => Ok(Value::Bool(found.is_some())),
            SelectForm::Optional => Ok(optional(found)),
            SelectForm::Plain if through => Ok(optional(found)),
            SelectForm::Plain => found.ok_or_else(|| EvaluationError::NoSuchKey(field.into())),
        }
    }

    fn index(&mut self, operand: NodeId, key: NodeId, optional_index: bool) -> Outcome<'a> {
        let (value, key) = (self.node(operand)?, self.node(key)?);
        self.pay(1)?;
        match &value {
            Value::Optional(None) => Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => Ok(optional(element(inner, &key).ok())),
            _ if optional_index => match element(&value, &key) {
                Err(error)
                    if error == EvaluationError::NoSuchOverload || matches!(value, Value::List(_)) && !is_beyond(&error) =>
                {
                    Err(error)
                }
                found => Ok(optional(found.ok())),
            },
            _ => element(&value, &key),
        }
    }

    fn apply(&mut self, function: &'static Function, arguments: &[NodeId]) -> Outcome<'a> {
        let mut values: SmallVec<[Value<'a>; 3]> = SmallVec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.node(*argument)?);
        }
        let paid = cost::before(function, &values, &mut self.tools)?.unwrap_or(0);
        self.pay(paid)?;
        let result = (function.native)(&mut self.tools, &values)?;
        self.pay(cost::after(function, &result, paid))?;
        Ok(result)
    }

    /// A term that decides takes away the faults of the others.
    fn logic(&mut self, and: bool, terms: &[NodeId]) -> Outcome<'a> {
        let mut fault = None;
        for term in terms {
            match self.node(*term) {
                Ok(Value::Bool(value)) if value != and => return Ok(Value::Bool(value)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => fault = fault.or(Some(EvaluationError::NoSuchOverload)),
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        fault.map_or(Ok(Value::Bool(and)), Err)
    }

    fn conditional(&mut self, condition: NodeId, yes: NodeId, no: NodeId) -> Outcome<'a> {
        match self.node(condition)? {
            Value::Bool(true) => self.node(yes),
            Value::Bool(false) => self.node(no),
            _ => Err(EvaluationError::NoSuchOverload),
        }
    }

    fn list(&mut self, items: &[Item]) -> Outcome<'a> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let value = self.node(item.value)?;
            values.extend(present(value, item.optional)?);
        }
        self.pay(cost::LIST)?;
        Ok(Value::List(List::from(values)))
    }

    fn map(&mut self, items: &[MapItem]) -> Outcome<'a> {
        let mut built = Built::default();
        for item in items {
            let key = self.node(item.key)?;
            let key = Key::of(&key).ok_or_else(|| unsupported_key(&key))?;
            let value = self.node(item.value)?;
            let Some(value) = present(value, item.optional)? else { continue };
            if built.entries.insert(key, value).is_some() {
                return Err(EvaluationError::invalid("failed with repeated key"));
            }
        }
        self.pay(cost::MAP)?;
        Ok(Value::Map(Map::built(built)))
    }

    fn message(&mut self, name: &Arc<str>, fields: &'a [MessageField]) -> Outcome<'a> {
        let mut built = Built { name: Some(Arc::clone(name)), ..Built::default() };
        for field in fields {
            let value = self.node(field.value)?;
            if let Some(value) = present(value, field.optional)? {
                built.entries.insert(Key::String(Text::Borrowed(&field.name)), value);
            }
        }
        self.pay(cost::MESSAGE)?;
        Ok(Value::Map(Map::built(built)))
    }

    fn bind(&mut self, value: NodeId, body: NodeId) -> Outcome<'a> {
        let value = match self.node(value) {
            Err(error) if error.is_fatal() => return Err(error),
            value => value,
        };
        self.pay(cost::LIST)?;
        self.with_local(value, body)
    }

    pub(super) fn with_local(&mut self, value: Outcome<'a>, body: NodeId) -> Outcome<'a> {
        self.locals.push(value);
        let result = self.node(body);
        self.locals.pop();
        result
    }

    fn optional_map(&mut self, target: NodeId, body: NodeId, flat: bool) -> Outcome<'a> {
        let target = self.node(target)?;
        self.pay(1)?;
        match target {
            Value::Optional(None) => Ok(Value::Optional(None)),
            Value::Optional(Some(value)) => {
                self.pay(cost::LIST + 1)?;
                let result = self.with_local(Ok((*value).clone()), body)?;
                Ok(if flat { result } else { Value::some(result) })
            }
            _ => Err(EvaluationError::NoSuchOverload),
        }
    }
}

pub(crate) fn constant(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Uint(value) => Value::Uint(*value),
        Literal::Double(value) => Value::Double(*value),
        Literal::String(text) => Value::String(Text::Borrowed(text)),
        Literal::Bytes(bytes) => Value::Bytes(Arc::clone(bytes)),
    }
}

/// A field that is not there, tested for or asked for as an optional one.
fn absent<'a>(test: bool) -> Outcome<'a> {
    Ok(if test { Value::Bool(false) } else { Value::Optional(None) })
}

/// What is told of `field` of a value that has no fields.
fn missing(value: &Value<'_>, field: &str) -> EvaluationError {
    match value {
        Value::List(_) => unsupported_index("string"),
        _ => EvaluationError::NoSuchKey(field.into()),
    }
}

fn optional(found: Option<Value<'_>>) -> Value<'_> {
    found.map_or(Value::Optional(None), |value| if matches!(value, Value::Optional(_)) { value } else { Value::some(value) })
}

/// What goes into a collection: for `?x` what is in `x`, if anything.
fn present(value: Value<'_>, optional: bool) -> Result<Option<Value<'_>>, EvaluationError> {
    match value {
        value if !optional => Ok(Some(value)),
        Value::Optional(inner) => Ok(inner.map(|value| (*value).clone())),
        _ => Err(EvaluationError::NoSuchOverload),
    }
}

fn unsupported_key(key: &Value<'_>) -> EvaluationError {
    EvaluationError::invalid(format!("unsupported key type: {}", key.type_name()))
}

fn is_beyond(error: &EvaluationError) -> bool {
    matches!(error, EvaluationError::OutOfBounds(_))
}

fn unsupported_index(of: impl std::fmt::Display) -> EvaluationError {
    EvaluationError::invalid(format!("unsupported index type '{of}' in list"))
}

fn element<'a>(value: &Value<'a>, key: &Value<'a>) -> Outcome<'a> {
    match value {
        Value::List(list) => {
            let at = match Key::of(key) {
                Some(Key::Int(at)) => at,
                Some(Key::Uint(at)) => i64::try_from(at).unwrap_or(i64::MAX),
                _ => return Err(unsupported_index(key.type_name())),
            };
            let found = usize::try_from(at).ok().and_then(|at| list.get(at));
            found.ok_or(EvaluationError::OutOfBounds(at))
        }
        Value::Map(map) => {
            let wanted = Key::of(key).ok_or_else(|| unsupported_key(key))?;
            map.get(&wanted).ok_or_else(|| EvaluationError::NoSuchKey(name(&wanted).into()))
        }
        // Neither null nor a plain value has any element.
        _ => Err(Key::of(key).map_or(EvaluationError::NoSuchOverload, |key| EvaluationError::NoSuchKey(name(&key).into()))),
    }
}

fn name(key: &Key<'_>) -> String {
    match key {
        Key::Bool(value) => value.to_string(),
        Key::Int(value) => value.to_string(),
        Key::Uint(value) => value.to_string(),
        Key::String(text) => text.to_string(),
    }
}
