//! What a program may cost, found without running it: upstream's way of reckoning, with all that it does not know.

use super::call::Call;
use super::rule::Rule;
use super::{LIST, MAP, MESSAGE, Range, Sizes, Step};
use crate::check::{FoldNode, Item, MapItem, NodeId, NodeKind};
use crate::library::Function;
use crate::program::Program;
use crate::syntax::{FoldKind, Literal, SelectForm};
use crate::types::Type;

/// What is known of one node.
#[derive(Clone, Debug)]
pub(super) struct Estimated<'p> {
    pub cost: Range,
    /// The way to it from a variable. Upstream goes on from what has no way as well: such a way begins at the variable `self`.
    pub path: Vec<Step<'p>>,
    pub size: Option<Range>,
    pub entry: Option<Entry>,
}

/// What is known of the entries of a list or a map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    list: bool,
    key: Range,
    pub value: Range,
}

impl Entry {
    fn union(self, other: Self) -> Self {
        Self { list: self.list, key: self.key.union(other.key), value: self.value.union(other.value) }
    }
}

/// That of the entries of both, where both are known.
fn both(a: Option<Entry>, b: Option<Entry>) -> Option<Entry> {
    a.zip(b).map(|(a, b)| a.union(b))
}

impl Estimated<'_> {
    const fn costing(cost: Range) -> Self {
        Self { cost, path: Vec::new(), size: None, entry: None }
    }

    /// Its size, or any.
    pub fn size(&self) -> Range {
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

const ONE: Range = Range::exactly(1);

impl<'p> Estimator<'p, '_> {
    fn node(&mut self, id: NodeId) -> Estimated<'p> {
        let program = self.program;
        let Some(node) = program.node(id) else { return Estimated::costing(Range::ZERO) };
        let mut estimated = match &node.kind {
            NodeKind::Constant(literal) => Estimated { size: Some(literal_size(literal)), ..Estimated::costing(Range::ZERO) },
            NodeKind::TypeName(name) | NodeKind::Variable(name) => {
                Estimated { path: vec![Step::Field(name)], ..Estimated::costing(ONE) }
            }
            NodeKind::Local(slot) => return self.local(*slot, &node.r#type),
            NodeKind::Select { operand, field, form } => self.select(*operand, field, *form),
            NodeKind::Index { operand, key, optional } => self.index(*operand, *key, *optional),
            NodeKind::Apply { function, overloads, arguments, .. } => self.apply(function, *overloads, arguments, &node.r#type),
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
            NodeKind::OptionalMap { target, body, flat } => self.optional_map(*target, *body, *flat),
        };
        if estimated.size.is_none() {
            estimated.size = self.known_size(&estimated.path, &node.r#type);
        }
        estimated
    }

    fn known_size(&self, path: &[Step<'p>], of: &Type) -> Option<Range> {
        let by_path = if path.is_empty() { None } else { self.sizes.size(path) };
        by_path.or_else(|| of.is_scalar().then_some(ONE))
    }

    fn type_of(&self, id: NodeId) -> &'p Type {
        self.program.node(id).map_or(&Type::Dyn, |node| &node.r#type)
    }

    /// The number that is written at `id`.
    fn number(&self, id: NodeId) -> Option<i64> {
        match self.program.node(id)?.kind {
            NodeKind::Constant(Literal::Int(number)) => Some(number),
            _ => None,
        }
    }

    fn local(&self, slot: usize, of: &Type) -> Estimated<'p> {
        let bound = self.locals.get(slot).cloned().unwrap_or(Estimated::costing(Range::ZERO));
        let size = self.known_size(&bound.path, of).or(bound.size);
        Estimated { cost: ONE, size, ..bound }
    }

    fn select(&mut self, operand: NodeId, field: &'p str, form: SelectForm) -> Estimated<'p> {
        let inner = self.node(operand);
        match (form, self.type_of(operand)) {
            (SelectForm::Test, _) => Estimated::costing(inner.cost),
            (SelectForm::Optional, _) => Estimated::costing(inner.cost.plus(ONE)),
            (SelectForm::Plain, of) => {
                let own = if matches!(of, Type::Map(_) | Type::Object(_)) { ONE } else { Range::ZERO };
                Estimated { cost: inner.cost.plus(own), path: longer(&inner.path, Step::Field(field)), size: None, entry: None }
            }
        }
    }

    fn index(&mut self, operand: NodeId, key: NodeId, optional: bool) -> Estimated<'p> {
        let (inner, key_cost) = (self.node(operand), self.node(key).cost);
        let cost = inner.cost.plus(key_cost).plus(ONE);
        let step = match (self.type_of(operand), self.type_of(key)) {
            _ if optional => None,
            (Type::List(_), _) => Some(Step::Items),
            (Type::Optional(_), _) => None,
            _ => Some(Step::Values),
        };
        let path = step.map(|step| longer(&inner.path, step)).unwrap_or_default();
        let size = if step.is_some() { inner.entry.map(|entry| entry.value) } else { None };
        Estimated { cost, path, size, entry: None }
    }

    fn logic(&mut self, terms: &[NodeId]) -> Estimated<'p> {
        let costs: Vec<Range> = terms.iter().map(|term| self.node(*term).cost).collect();
        let all = costs.iter().copied().fold(Range::ZERO, Range::plus);
        Estimated::costing(Range { min: costs.first().map_or(0, |first| first.min), max: all.max })
    }

    fn conditional(&mut self, condition: NodeId, yes: NodeId, no: NodeId) -> Estimated<'p> {
        let [condition, yes, no] = [condition, yes, no].map(|node| self.node(node));
        choice(condition.cost, &yes, &no)
    }

    fn list(&mut self, items: &[Item]) -> Estimated<'p> {
        let elements: Vec<Estimated<'p>> = items.iter().map(|item| self.node(item.value)).collect();
        listed(&elements)
    }

    fn map(&mut self, items: &[MapItem]) -> Estimated<'p> {
        let (mut cost, mut keys, mut values) = (Range::exactly(MAP), None::<Range>, None::<Range>);
        for item in items {
            let (key, value) = (self.node(item.key), self.node(item.value));
            cost = cost.plus(key.cost).plus(value.cost);
            keys = Some(keys.map_or(key.size(), |keys| keys.union(key.size())));
            values = Some(values.map_or(value.size(), |values| values.union(value.size())));
        }
        let entry = Entry { list: false, key: keys.unwrap_or(Range::ZERO), value: values.unwrap_or(Range::ZERO) };
        Estimated { cost, path: Vec::new(), size: Some(Range::exactly(items.len() as u64)), entry: Some(entry) }
    }

    /// The variables of a comprehension, onto the others.
    fn variables(&mut self, range: &Estimated<'p>, of: &Type, two: bool) {
        let list = range.entry.map_or(matches!(of, Type::List(_)), |entry| entry.list);
        let key = |step| (step, range.entry.map(|entry| entry.key));
        let value = |step| (step, range.entry.map(|entry| entry.value));
        let steps = match (two, list) {
            (false, true) => vec![value(Step::Items)],
            (false, false) => vec![key(Step::Keys)],
            (true, true) => vec![key(Step::Indices), value(Step::Items)],
            (true, false) => vec![key(Step::Keys), value(Step::Values)],
        };
        let steps = steps.into_iter();
        self.locals.extend(steps.map(|(step, size)| Estimated {
            cost: Range::ZERO,
            path: longer(&range.path, step),
            size,
            entry: None,
        }));
    }

    fn fold(&mut self, fold: &FoldNode) -> Estimated<'p> {
        let range = self.node(fold.range);
        let outer = self.locals.len();
        self.variables(&range, self.type_of(fold.range), fold.two);
        let filter = fold.filter.map(|filter| self.node(filter).cost);
        let step = self.node(fold.step);
        let element = self.locals.get(outer).map_or(Range::UNKNOWN, |first| {
            let of = match self.type_of(fold.range) {
                Type::List(element) => element,
                Type::Map(parts) => &parts.0,
                _ => &Type::Dyn,
            };
            self.known_size(&first.path, of).or(first.size).unwrap_or(Range::UNKNOWN)
        });
        self.locals.truncate(outer);
        let count = range.size();
        let (around, each, entry) = iteration(fold, filter, &step, element);
        let cost = range.cost.plus(around).plus(count.times(each));
        let size = if matches!(fold.kind, FoldKind::All | FoldKind::Exists | FoldKind::ExistsOne) { ONE } else { count };
        Estimated { cost, path: Vec::new(), size: Some(size), entry }
    }

    fn bind(&mut self, value: NodeId, body: NodeId) -> Estimated<'p> {
        let value = self.node(value);
        let cost = value.cost.plus(Range::exactly(LIST));
        self.locals.push(value);
        let body = self.node(body);
        self.locals.pop();
        Estimated { cost: cost.plus(body.cost), path: Vec::new(), ..body }
    }

    /// A choice between what is made of the value and nothing; what is no variable is bound to one before.
    fn optional_map(&mut self, target: NodeId, body: NodeId, flat: bool) -> Estimated<'p> {
        let bound = self.program.node(target).map(|node| &node.kind);
        let plain = matches!(bound, Some(NodeKind::Variable(_) | NodeKind::Local(_)));
        let outer = self.node(target).cost;
        let before = if plain { Range::ZERO } else { outer.plus(Range::exactly(LIST)) };
        let inner = match self.type_of(target) {
            Type::Optional(inner) => inner,
            _ => &Type::Dyn,
        };
        let value = Estimated { size: self.known_size(&[], inner), ..Estimated::costing(Range::ZERO) };
        self.locals.push(value);
        let body = self.node(body);
        self.locals.pop();
        let made = Range::exactly(LIST + 2).plus(body.cost).plus(if flat { Range::ZERO } else { ONE });
        let cost = before.plus(Range::exactly(2)).plus(made.union(ONE));
        let size = body.size.filter(|_| flat).map(|size| size.union(Range::UNKNOWN));
        Estimated { size, ..Estimated::costing(cost) }
    }

    fn apply(&mut self, function: &Function, overloads: u64, arguments: &[NodeId], of: &Type) -> Estimated<'p> {
        let values: Vec<Estimated<'p>> = arguments.iter().map(|argument| self.node(*argument)).collect();
        let sum = values.iter().map(|value| value.cost).fold(Range::ZERO, Range::plus);
        if function.name == "dyn" {
            let copied = values.into_iter().next().unwrap_or(Estimated::costing(Range::ZERO));
            return Estimated { cost: sum.plus(ONE), path: Vec::new(), ..copied };
        }
        let types: Vec<&Type> = arguments.iter().map(|argument| self.type_of(*argument)).collect();
        let matching = function.overloads.iter().enumerate().filter(|(at, _)| overloads & (1 << at) != 0);
        let numbers: Vec<Option<i64>> = arguments.iter().map(|argument| self.number(*argument)).collect();
        let call = Call { values: &values, types: &types, numbers: &numbers, sizes: self.sizes };
        let (mut own, mut size) = (None::<Range>, None::<Range>);
        for (_, overload) in matching {
            let (cost, made) = call.cost(function, &overload.arguments, overload.member);
            own = Some(own.map_or(cost, |own| own.union(cost)));
            size = match (size, made) {
                (Some(size), Some(made)) => Some(size.union(made)),
                (size, made) => size.or(made).or_else(|| of.is_scalar().then_some(ONE)),
            };
        }
        let entry = match (function.rule, values.as_slice()) {
            (Rule::Add, [a, b]) => both(a.entry, b.entry),
            _ => None,
        };
        Estimated { cost: sum.plus(own.unwrap_or(Range::ZERO)), path: Vec::new(), size, entry }
    }
}

fn longer<'p>(path: &[Step<'p>], step: Step<'p>) -> Vec<Step<'p>> {
    path.iter().copied().chain([step]).collect()
}

fn choice<'p>(condition: Range, yes: &Estimated<'p>, no: &Estimated<'p>) -> Estimated<'p> {
    Estimated {
        cost: condition.plus(yes.cost.union(no.cost)),
        path: Vec::new(),
        size: Some(yes.size().union(no.size())),
        entry: both(yes.entry, no.entry),
    }
}

fn listed<'p>(elements: &[Estimated<'p>]) -> Estimated<'p> {
    let cost = elements.iter().map(|element| element.cost).fold(Range::exactly(LIST), Range::plus);
    let value = elements.iter().map(Estimated::size).reduce(Range::union).unwrap_or(Range::ZERO);
    let size = Some(Range::exactly(elements.len() as u64));
    Estimated { cost, path: Vec::new(), size, entry: Some(Entry { list: true, key: ONE, value }) }
}

/// What a comprehension costs beside its iterations, what each of these costs, and what is known of the entries that it gives.
/// Upstream writes each out with an accumulator, which is a variable.
fn iteration(fold: &FoldNode, filter: Option<Range>, step: &Estimated<'_>, element: Range) -> (Range, Range, Option<Entry>) {
    let optionally = |cost: Range| filter.map_or(cost, |filter| filter.plus(cost.union(ONE)));
    // A list of one behind the list so far.
    let appended = |element: Range| {
        let entry = Entry { list: true, key: ONE, value: Range::ZERO.union(element) };
        (Range::exactly(LIST + 2), Some(entry))
    };
    let around = |cost: u64| Range::exactly(cost);
    match fold.kind {
        FoldKind::All => (around(1), Range { min: 3, max: step.cost.max.saturating_add(3) }, None),
        FoldKind::Exists => (around(1), Range { min: 4, max: step.cost.max.saturating_add(4) }, None),
        FoldKind::ExistsOne => (around(2), step.cost.plus(Range { min: 1, max: 2 }), None),
        FoldKind::List => {
            let (cost, entry) = appended(step.size());
            (around(LIST + 1), optionally(cost.plus(step.cost)), entry)
        }
        FoldKind::Filter => {
            let (cost, entry) = appended(element);
            (around(LIST + 1), step.cost.plus(cost.plus(ONE).union(ONE)), entry)
        }
        FoldKind::Map => (around(MAP + 1), optionally(step.cost.plus(Range::exactly(3))), None),
        FoldKind::Entry => (around(MAP + 1), optionally(step.cost.plus(Range::exactly(2))), None),
    }
}

fn literal_size(literal: &Literal) -> Range {
    Range::exactly(match literal {
        Literal::String(text) => text.chars().count() as u64,
        Literal::Bytes(bytes) => bytes.len() as u64,
        _ => 1,
    })
}
