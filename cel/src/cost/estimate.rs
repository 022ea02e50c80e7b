//! What a program may cost, found without running it.

use super::fold::{fold_condition, fold_end, fold_start, fold_step};
use super::rule::Rule;
use super::{LIST, LIST_CALL, MAP, MESSAGE, PAIR, REGEX, Range, Sizes, Step, TRAVERSAL};
use crate::check::{FoldNode, Item, MapItem, NodeId, NodeKind};
use crate::library::Function;
use crate::program::Program;
use crate::syntax::{FoldKind, Literal, SelectForm};
use crate::types::{Opaque, Type};

/// Characters of a number, a truth value, a time or a duration as text. Upstream once reckoned with any length, and so refused
/// what its own pages show: `'over ' + string(self.limit)`.
const WRITTEN: Range = Range { min: 1, max: 40 };
/// Characters that upstream reckons a named format's pattern to have.
const FORMAT_PATTERN: f64 = 128.0;

/// What is known of one node.
#[derive(Clone, Debug)]
struct Estimated<'p> {
    cost: Range,
    path: Option<Vec<Step<'p>>>,
    size: Option<Range>,
    /// Sizes of keys and of values.
    entry: Option<(Range, Range)>,
}

impl Estimated<'_> {
    const fn costing(cost: Range) -> Self {
        Self { cost, path: None, size: None, entry: None }
    }

    fn size(&self) -> Range {
        self.size.unwrap_or(Range::UNKNOWN)
    }
}

/// Bounds of what `root` may cost.
pub(crate) fn estimate(program: &Program, root: NodeId, sizes: &dyn Sizes) -> Range {
    Estimator { program, sizes, locals: Vec::new() }.node(root).cost
}

struct Estimator<'p, 's> {
    program: &'p Program,
    sizes: &'s dyn Sizes,
    locals: Vec<Estimated<'p>>,
}

impl<'p> Estimator<'p, '_> {
    fn node(&mut self, id: NodeId) -> Estimated<'p> {
        let program = self.program;
        let Some(node) = program.node(id) else { return Estimated::costing(Range::ZERO) };
        let mut estimated = match &node.kind {
            NodeKind::Constant(literal) => Estimated { size: Some(literal_size(literal)), ..Estimated::costing(Range::ZERO) },
            NodeKind::TypeName(_) => Estimated::costing(Range::exactly(1)),
            NodeKind::Variable(name) => {
                Estimated { path: Some(vec![Step::Field(name)]), ..Estimated::costing(Range::exactly(1)) }
            }
            NodeKind::Local(slot) => self.local(*slot),
            NodeKind::Select { operand, field, form } => self.select(*operand, field, *form),
            NodeKind::Index { operand, key, .. } => self.index(*operand, *key),
            NodeKind::Apply { function, overloads, arguments, .. } => self.apply(function, *overloads, arguments),
            NodeKind::Logic { terms, .. } => self.logic(terms),
            NodeKind::Conditional { condition, yes, no } => self.conditional(*condition, *yes, *no),
            NodeKind::List(items) => self.list(items),
            NodeKind::Map(items) => self.map(items),
            NodeKind::Message { fields, .. } => {
                let cost = fields.iter().map(|field| self.node(field.value).cost).fold(Range::exactly(MESSAGE), Range::plus);
                Estimated::costing(cost)
            }
            NodeKind::Fold(fold) => self.fold(fold),
            NodeKind::Bind { value, body } => self.bind(*value, *body),
            NodeKind::OptionalMap { target, body, .. } => self.optional_map(*target, *body),
        };
        if estimated.size.is_none() {
            estimated.size = self.known_size(&estimated, &node.r#type);
        }
        estimated
    }

    fn known_size(&self, estimated: &Estimated<'p>, of: &Type) -> Option<Range> {
        let by_path = estimated.path.as_ref().and_then(|path| self.sizes.size(path));
        by_path.or_else(|| of.is_scalar().then_some(Range::exactly(1)))
    }

    fn type_of(&self, id: NodeId) -> &'p Type {
        self.program.node(id).map_or(&Type::Dyn, |node| &node.r#type)
    }

    /// The number that is written at `id`; nothing below zero.
    fn number(&self, id: NodeId) -> Option<u64> {
        match self.program.node(id)?.kind {
            NodeKind::Constant(Literal::Int(number)) => Some(u64::try_from(number).unwrap_or(0)),
            _ => None,
        }
    }

    fn local(&self, slot: usize) -> Estimated<'p> {
        let bound = self.locals.get(slot).cloned().unwrap_or(Estimated::costing(Range::ZERO));
        Estimated { cost: Range::exactly(1), ..bound }
    }

    fn select(&mut self, operand: NodeId, field: &'p str, form: SelectForm) -> Estimated<'p> {
        let inner = self.node(operand);
        let own = match (form, self.type_of(operand)) {
            (SelectForm::Test, _) => 0,
            (SelectForm::Optional, _) | (_, Type::Map(_) | Type::Object(_) | Type::Parameter(_)) => 1,
            _ => 0,
        };
        let path = inner.path.map(|mut path| {
            path.push(Step::Field(field));
            path
        });
        Estimated { cost: inner.cost.plus(Range::exactly(own)), path, size: None, entry: None }
    }

    fn index(&mut self, operand: NodeId, key: NodeId) -> Estimated<'p> {
        let (inner, key) = (self.node(operand), self.node(key));
        let step = match self.type_of(operand) {
            Type::List(_) => Some(Step::Items),
            Type::Map(_) => Some(Step::Values),
            _ => None,
        };
        let path = inner.path.zip(step).map(|(mut path, step)| {
            path.push(step);
            path
        });
        let cost = inner.cost.plus(key.cost).plus(Range::exactly(1));
        Estimated { cost, path, size: inner.entry.map(|(_, value)| value), entry: None }
    }

    fn logic(&mut self, terms: &[NodeId]) -> Estimated<'p> {
        let costs: Vec<Range> = terms.iter().map(|term| self.node(*term).cost).collect();
        let all = costs.iter().copied().fold(Range::ZERO, Range::plus);
        Estimated::costing(Range { min: costs.first().map_or(0, |first| first.min), max: all.max })
    }

    fn conditional(&mut self, condition: NodeId, yes: NodeId, no: NodeId) -> Estimated<'p> {
        let [condition, yes, no] = [condition, yes, no].map(|node| self.node(node));
        let entry = yes.entry.zip(no.entry).map(|(a, b)| (a.0.union(b.0), a.1.union(b.1)));
        Estimated {
            cost: condition.cost.plus(yes.cost.union(no.cost)),
            path: None,
            size: Some(yes.size().union(no.size())),
            entry,
        }
    }

    fn list(&mut self, items: &[Item]) -> Estimated<'p> {
        let elements: Vec<Estimated<'p>> = items.iter().map(|item| self.node(item.value)).collect();
        let cost = elements.iter().map(|element| element.cost).fold(Range::exactly(LIST), Range::plus);
        let value = elements.iter().map(Estimated::size).reduce(Range::union).unwrap_or(Range::ZERO);
        let size = Some(Range::exactly(items.len() as u64));
        Estimated { cost, path: None, size, entry: Some((Range::exactly(1), value)) }
    }

    fn map(&mut self, items: &[MapItem]) -> Estimated<'p> {
        let (mut cost, mut keys, mut values) = (Range::exactly(MAP), None::<Range>, None::<Range>);
        for item in items {
            let (key, value) = (self.node(item.key), self.node(item.value));
            cost = cost.plus(key.cost).plus(value.cost);
            keys = Some(keys.map_or(key.size(), |keys| keys.union(key.size())));
            values = Some(values.map_or(value.size(), |values| values.union(value.size())));
        }
        let entry = Some((keys.unwrap_or(Range::ZERO), values.unwrap_or(Range::ZERO)));
        Estimated { cost, path: None, size: Some(Range::exactly(items.len() as u64)), entry }
    }

    /// A variable of a comprehension over `range`.
    fn variable(&self, range: &Estimated<'p>, step: Step<'p>, size: Option<Range>, of: &Type) -> Estimated<'p> {
        let path = range.path.clone().map(|mut path| {
            path.push(step);
            path
        });
        let mut variable = Estimated { cost: Range::ZERO, path, size, entry: None };
        if variable.size.is_none() {
            variable.size = self.known_size(&variable, of);
        }
        variable
    }

    fn fold(&mut self, fold: &FoldNode) -> Estimated<'p> {
        let range = self.node(fold.range);
        let outer = self.locals.len();
        let (keys, values) = range.entry.unzip();
        match (self.type_of(fold.range), fold.two) {
            (Type::Map(_), _) => self.locals.push(self.variable(&range, Step::Keys, keys, &Type::Dyn)),
            (_, false) => self.locals.push(self.variable(&range, Step::Items, values, &Type::Dyn)),
            (_, true) => self.locals.push(Estimated { size: Some(Range::exactly(1)), ..Estimated::costing(Range::ZERO) }),
        }
        if fold.two {
            let step = if matches!(self.type_of(fold.range), Type::List(_)) { Step::Items } else { Step::Values };
            self.locals.push(self.variable(&range, step, values, &Type::Dyn));
        }
        let filter = fold.filter.map(|filter| self.node(filter).cost);
        let step = self.node(fold.step);
        self.locals.truncate(outer);
        let count = range.size();
        let cost = range
            .cost
            .plus(Range::exactly(fold_start(fold.kind).saturating_add(fold_end(fold.kind))))
            .plus(count.times(iteration(fold.kind, filter, step.cost)));
        let collects = !matches!(fold.kind, FoldKind::All | FoldKind::Exists | FoldKind::ExistsOne);
        let size = if collects { count } else { Range::exactly(1) };
        let entry = collects.then(|| {
            (Range::exactly(1), if fold.kind == FoldKind::Filter { values.unwrap_or(Range::UNKNOWN) } else { step.size() })
        });
        Estimated { cost, path: None, size: Some(size), entry }
    }

    fn bind(&mut self, value: NodeId, body: NodeId) -> Estimated<'p> {
        let value = self.node(value);
        let cost = value.cost.plus(Range::exactly(LIST));
        self.locals.push(value);
        let body = self.node(body);
        self.locals.pop();
        Estimated { cost: cost.plus(body.cost), ..body }
    }

    fn optional_map(&mut self, target: NodeId, body: NodeId) -> Estimated<'p> {
        let target = self.node(target);
        let cost = target.cost.plus(Range::exactly(1));
        self.locals.push(Estimated { cost: Range::ZERO, ..target });
        let body = self.node(body);
        self.locals.pop();
        let most = cost.plus(body.cost).plus(Range::exactly(LIST + 1));
        Estimated { cost: Range { min: cost.min, max: most.max }, path: None, size: body.size, entry: body.entry }
    }

    fn apply(&mut self, function: &Function, overloads: u64, arguments: &[NodeId]) -> Estimated<'p> {
        let values: Vec<Estimated<'p>> = arguments.iter().map(|argument| self.node(*argument)).collect();
        let sum = values.iter().map(|value| value.cost).fold(Range::ZERO, Range::plus);
        if function.name == "dyn" {
            let copied = values.into_iter().next().unwrap_or(Estimated::costing(Range::ZERO));
            return Estimated { cost: sum.plus(Range::exactly(1)), path: None, ..copied };
        }
        let types: Vec<&Type> = arguments.iter().map(|argument| self.type_of(*argument)).collect();
        let matching = function.overloads.iter().enumerate().filter(|(at, _)| overloads & (1 << at) != 0);
        let numbers: Vec<Option<u64>> = arguments.iter().map(|argument| self.number(*argument)).collect();
        let call = Call { values: &values, types: &types, numbers: &numbers, sizes: self.sizes };
        let estimates: Vec<(Range, Option<Range>)> =
            matching.map(|(_, overload)| call.cost(function, &overload.arguments)).collect();
        let own = estimates.iter().map(|(cost, _)| *cost).reduce(Range::union).unwrap_or(Range::ZERO);
        let size = estimates.iter().filter_map(|(_, size)| *size).reduce(Range::union);
        let entry = match (function.rule, values.first(), values.get(1)) {
            (Rule::Add, Some(a), Some(b)) => a.entry.zip(b.entry).map(|(a, b)| (a.0.union(b.0), a.1.union(b.1))),
            _ => None,
        };
        Estimated { cost: sum.plus(own), path: None, size, entry }
    }
}

/// One iteration of a comprehension.
fn iteration(kind: FoldKind, filter: Option<Range>, step: Range) -> Range {
    let choice = matches!(kind, FoldKind::Filter | FoldKind::ExistsOne);
    let taken = Range::exactly(fold_step(kind, true));
    let own = if choice { taken.union(Range::exactly(fold_step(kind, false))).plus(step) } else { taken.plus(step) };
    let filtered = filter.map_or(own, |filter| filter.plus(own.union(Range::exactly(1))));
    filtered.plus(Range::exactly(fold_condition(kind)))
}

fn literal_size(literal: &Literal) -> Range {
    Range::exactly(match literal {
        Literal::String(text) => text.chars().count() as u64,
        Literal::Bytes(bytes) => bytes.len() as u64,
        _ => 1,
    })
}

/// One call, for the estimate of one overload.
struct Call<'c, 'p> {
    values: &'c [Estimated<'p>],
    types: &'c [&'c Type],
    /// Arguments that are written as numbers.
    numbers: &'c [Option<u64>],
    sizes: &'c dyn Sizes,
}

impl Call<'_, '_> {
    fn size(&self, at: usize) -> Range {
        self.values.get(at).map_or(Range::UNKNOWN, Estimated::size)
    }

    /// The size of the elements of the list at `at`.
    fn element(&self, at: usize) -> Range {
        let Some(list) = self.values.get(at) else { return Range::UNKNOWN };
        let by_path = list.path.clone().and_then(|mut path| {
            path.push(Step::Items);
            self.sizes.size(&path)
        });
        by_path.or(list.entry.map(|(_, value)| value)).unwrap_or(Range::UNKNOWN)
    }

    /// The cost of the call without its arguments, and the size of what it gives.
    fn cost(&self, function: &Function, parameters: &[Type]) -> (Range, Option<Range>) {
        let (one, first) = (Range::exactly(1), self.size(0));
        let text = first.by(TRAVERSAL);
        match function.rule {
            Rule::Unit => (one, None),
            Rule::Check => (Range::exactly(350_000), None),
            Rule::Selector => {
                let length = self.size(1);
                (Range::exactly(LIST).plus(length.by(TRAVERSAL)).plus(length.by(0.5).by(50.0)), None)
            }
            Rule::Traverse => (self.traverse(parameters), None),
            Rule::Text if matches!(parameters.first(), Some(Type::Opaque(_))) => (one, None),
            Rule::Text => (text, Some(first)),
            Rule::TextTwice => (first.by(2.0 * TRAVERSAL), self.rewritten(function.name)),
            Rule::Join => self.join(),
            Rule::Find | Rule::Matches => {
                let cost = first.plus(one).by(TRAVERSAL).times(self.size(1).by(REGEX));
                (cost, (function.rule == Rule::Find).then_some(Range { min: 0, max: first.max }))
            }
            Rule::ContainsIp => (Range { min: 8, max: 32 }.by(TRAVERSAL).plus(self.parsing(parameters)), None),
            Rule::ContainsCidr => (Range { min: 3, max: 7 }.plus(one).plus(one).plus(self.parsing(parameters)), None),
            Rule::Validate => (self.size(1).by(TRAVERSAL).by(FORMAT_PATTERN * REGEX), None),
            Rule::Equal => (self.equal(), None),
            Rule::Compare if is_text(parameters) => (self.smaller(), None),
            Rule::Add => self.add(parameters),
            Rule::Convert if is_conversion(function.name, parameters) => (text, Some(first)),
            Rule::Convert if function.name == "string" && parameters.first().is_some_and(Type::is_scalar) => (one, Some(WRITTEN)),
            Rule::Compare | Rule::Convert => (one, None),
            Rule::StartsWith => (self.size(1).by(TRAVERSAL), None),
            Rule::Contains => (text.times(self.size(1).by(TRAVERSAL)), None),
            Rule::In if matches!(parameters.get(1), Some(Type::List(_))) => (self.size(1), None),
            Rule::In => (one, None),
            Rule::Count | Rule::Copy | Rule::Flatten | Rule::Sort => self.listed(function.rule, parameters),
        }
    }

    /// The number written at `at`, or `unknown`.
    fn number(&self, at: usize, unknown: u64) -> u64 {
        self.numbers.get(at).copied().flatten().unwrap_or(unknown)
    }

    /// The cost of a call that makes a list, and the list's size, as upstream's version 3 of the lists library has them.
    fn listed(&self, rule: Rule, parameters: &[Type]) -> (Range, Option<Range>) {
        let list = |size: Range, factor: f64| (size.by(factor).plus(Range::exactly(LIST_CALL)), Some(size));
        let first = self.size(0);
        match rule {
            Rule::Count => list(Range::exactly(self.number(0, u64::MAX)), 1.0),
            Rule::Copy if !matches!(parameters.first(), Some(Type::List(_))) => (Range::exactly(1), Some(first)),
            Rule::Copy if parameters.len() == 3 => {
                list(Range::exactly(self.number(2, first.max).saturating_sub(self.number(1, 0))), 1.0)
            }
            Rule::Flatten if parameters.len() == 2 => list(first, self.number(1, u64::MAX) as f64),
            Rule::Sort => {
                let keys = self.size(parameters.len().saturating_sub(1));
                let texts = matches!(parameters.last(), Some(Type::List(key)) if matches!(**key, Type::String | Type::Bytes));
                list(keys.times(keys), if texts { PAIR + TRAVERSAL } else { PAIR })
            }
            _ => list(first, 1.0),
        }
    }

    fn traverse(&self, parameters: &[Type]) -> Range {
        let Some(Type::List(_)) = parameters.first() else { return self.size(0).by(TRAVERSAL) };
        let texts = matches!(self.types.first(), Some(Type::List(element)) if matches!(**element, Type::String | Type::Bytes));
        let extra = if texts { self.element(0).by(TRAVERSAL) } else { Range::ZERO };
        let extra = if texts && self.values.first().is_some_and(|list| list.path.is_none()) {
            Range { min: 0, max: extra.max }
        } else {
            extra
        };
        self.size(0).times(Range::exactly(1).plus(extra))
    }

    /// The size of what `replace` and `split` give.
    fn rewritten(&self, function: &str) -> Option<Range> {
        let (text, from, to) = (self.size(0), self.size(1), self.size(2));
        match function {
            "split" => Some(Range { min: 0, max: text.max }),
            "replace" if from.min == 0 => {
                Some(Range { min: 0, max: text.max.saturating_add(1).saturating_mul(to.max).saturating_add(text.max) })
            }
            "replace" if to.max <= from.min => Some(Range { min: 0, max: text.max }),
            "replace" => Some(Range { min: 0, max: text.max.div_ceil(from.min).saturating_mul(to.max) }),
            _ => None,
        }
    }

    fn join(&self) -> (Range, Option<Range>) {
        let count = self.size(0);
        let separators = Range { min: count.min.saturating_sub(1), max: count.max.saturating_sub(1) };
        let separator = if self.values.len() > 1 { self.size(1) } else { Range::ZERO };
        let size = count.times(self.element(0)).plus(separator.times(separators));
        (size.by(TRAVERSAL), Some(size))
    }

    fn parsing(&self, parameters: &[Type]) -> Range {
        if matches!(parameters.get(1), Some(Type::String)) { self.size(1).by(TRAVERSAL) } else { Range::ZERO }
    }

    fn equal(&self) -> Range {
        match self.types.first() {
            Some(Type::Opaque(Opaque::Format)) => Range { min: 1, max: 64 }.by(TRAVERSAL),
            Some(Type::Opaque(_)) => Range::exactly(1),
            _ => self.smaller(),
        }
    }

    fn smaller(&self) -> Range {
        let max = self.size(0).max.min(self.size(1).max);
        Range { min: u64::from(max > 0), max }.by(TRAVERSAL)
    }

    fn add(&self, parameters: &[Type]) -> (Range, Option<Range>) {
        let size = self.size(0).plus(self.size(1));
        match parameters.first() {
            Some(Type::String | Type::Bytes) => (size.by(TRAVERSAL), Some(size)),
            Some(Type::List(_)) => (Range::exactly(1), Some(size)),
            _ => (Range::exactly(1), None),
        }
    }
}

fn is_text(parameters: &[Type]) -> bool {
    matches!(parameters.first(), Some(Type::String | Type::Bytes))
}

fn is_conversion(function: &str, parameters: &[Type]) -> bool {
    matches!((function, parameters.first()), ("string", Some(Type::Bytes)) | ("bytes", Some(Type::String)))
}
