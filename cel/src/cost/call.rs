//! What one call may cost.

use super::estimate::Estimated;
use super::rule::Rule;
use super::{LIST, LIST_CALL, PAIR, REGEX, Range, Sizes, Step, TRAVERSAL};
use crate::library::Function;
use crate::types::{Opaque, Type};

/// Characters that upstream reckons a named format's pattern to have.
const FORMAT_PATTERN: f64 = 128.0;
const ONE: Range = Range::exactly(1);

/// One call, for the estimate of one overload.
pub(super) struct Call<'c, 'p> {
    pub values: &'c [Estimated<'p>],
    pub types: &'c [&'c Type],
    /// Arguments that are written as numbers.
    pub numbers: &'c [Option<i64>],
    pub sizes: &'c dyn Sizes,
}

impl Call<'_, '_> {
    fn size(&self, at: usize) -> Range {
        self.values.get(at).map_or(Range::UNKNOWN, Estimated::size)
    }

    /// The size of the elements of the list at `at`, where there is a way to it.
    fn element(&self, at: usize) -> Range {
        let Some(list) = self.values.get(at).filter(|list| !list.path.is_empty()) else { return Range::UNKNOWN };
        let path: Vec<Step<'_>> = list.path.iter().copied().chain([Step::Items]).collect();
        self.sizes.size(&path).unwrap_or(Range::UNKNOWN)
    }

    /// The cost of the call without its arguments, and the size of what it gives.
    pub fn cost(&self, function: &Function, parameters: &[Type], member: bool) -> (Range, Option<Range>) {
        let first = self.size(0);
        let text = first.by(TRAVERSAL);
        match function.rule {
            Rule::Compare if is_text(parameters) => (self.smaller(), None),
            Rule::Unit | Rule::Compare => (ONE, None),
            Rule::Check => (Range::exactly(350_000), None),
            Rule::Selector => {
                let length = self.size(1);
                (Range::exactly(LIST).plus(length.by(TRAVERSAL)).plus(length.by(0.5).by(50.0)), None)
            }
            Rule::Traverse => (self.traverse(), None),
            Rule::Text if matches!(parameters.first(), Some(Type::Opaque(_))) => (ONE, None),
            Rule::Text if member || matches!(function.name, "url" | "jsonpatch.escapeKey") => (text, Some(first)),
            Rule::Text => (text, None),
            Rule::TextTwice => (first.by(2.0 * TRAVERSAL), self.rewritten(function.name)),
            Rule::Quote => {
                let size = Range { min: first.min.saturating_add(2), max: first.max.saturating_mul(2).saturating_add(2) };
                (text, Some(size))
            }
            Rule::Format => (text, None),
            Rule::Join => self.join(),
            Rule::Find | Rule::Matches => {
                let cost = first.plus(ONE).by(TRAVERSAL).times(self.size(1).by(REGEX));
                (cost, (function.rule == Rule::Find).then_some(Range { min: 0, max: first.max }))
            }
            Rule::ContainsIp => (Range { min: 8, max: 32 }.by(TRAVERSAL).plus(self.parsing(parameters)), None),
            Rule::ContainsCidr => (Range { min: 3, max: 7 }.plus(self.parsing(parameters)), None),
            Rule::Validate => (self.size(1).by(TRAVERSAL).by(FORMAT_PATTERN * REGEX), None),
            Rule::Equal => (self.equal(function.name), None),
            Rule::Add => self.add(parameters),
            Rule::Convert => self.convert(function.name, parameters),
            Rule::StartsWith => (self.size(1).by(TRAVERSAL), None),
            Rule::Contains => (text.times(self.size(1).by(TRAVERSAL)), None),
            Rule::In if matches!(parameters.get(1), Some(Type::List(_))) => (self.size(1), None),
            Rule::In => (ONE, None),
            Rule::Sets(factor) => (first.times(self.size(1)).by(f64::from(factor)).plus(ONE), None),
            Rule::Count | Rule::Copy | Rule::Flatten | Rule::Sort => self.listed(function.rule, parameters),
        }
    }

    /// The number written at `at`, or `unknown`; nothing below zero.
    fn number(&self, at: usize, unknown: u64) -> u64 {
        self.numbers.get(at).copied().flatten().map_or(unknown, |number| u64::try_from(number).unwrap_or(0))
    }

    /// The cost of a call that makes a list, and the list's size, as upstream's version 3 of the lists library has them.
    fn listed(&self, rule: Rule, parameters: &[Type]) -> (Range, Option<Range>) {
        let list = |size: Range, factor: f64| (size.by(factor).plus(Range::exactly(LIST_CALL)), Some(size));
        let first = self.size(0);
        match rule {
            Rule::Count => list(Range::exactly(self.number(0, u64::MAX)), 1.0),
            // As upstream, where an end before the beginning is very far behind it.
            Rule::Copy if parameters.len() == 3 => {
                list(Range::exactly(self.number(2, first.max).wrapping_sub(self.number(1, 0))), 1.0)
            }
            Rule::Flatten if parameters.len() == 2 => list(first, self.number(1, u64::MAX) as f64),
            Rule::Sort => {
                let keys = self.size(parameters.len().saturating_sub(1));
                let of = if parameters.iter().any(|of| matches!(of, Type::List(of) if matches!(**of, Type::Parameter(_)))) {
                    self.types.last().copied()
                } else {
                    parameters.last()
                };
                let texts = matches!(of, Some(Type::List(key)) if matches!(**key, Type::String | Type::Bytes));
                list(keys.times(keys), if texts { PAIR + TRAVERSAL } else { PAIR })
            }
            _ => list(first, 1.0),
        }
    }

    fn traverse(&self) -> Range {
        let Some(Type::List(element)) = self.types.first() else { return self.size(0).by(TRAVERSAL) };
        let texts = matches!(**element, Type::String | Type::Bytes);
        let each = if texts { ONE.plus(self.element(0).by(TRAVERSAL)) } else { ONE };
        self.size(0).times(each)
    }

    /// The size of what `replace` and `split` give.
    fn rewritten(&self, function: &str) -> Option<Range> {
        let (text, from, to) = (self.size(0), self.size(1), self.size(2));
        match function {
            "split" => Some(Range { min: 0, max: self.numbers.get(2).copied().flatten().map_or(text.max, |most| most as u64) }),
            "replace" => {
                let (most, longest) = match () {
                    () if from.min == 0 => (text.max.saturating_add(1), text.max),
                    () if to.max <= from.min => (0, text.max),
                    () => ((text.max as f64 / from.min as f64).ceil() as u64, 0),
                };
                let (least, shortest) = match () {
                    () if from.max == 0 => (text.min.saturating_add(1), text.min),
                    () if from.max <= to.min => (0, text.min),
                    () => ((text.min as f64 / from.max as f64).ceil() as u64, 0),
                };
                Some(Range { min: least, max: most }.times(to).plus(Range { min: shortest, max: longest }))
            }
            _ => None,
        }
    }

    fn join(&self) -> (Range, Option<Range>) {
        let count = self.size(0);
        let separators = Range { min: count.min.saturating_sub(1), max: count.max.saturating_sub(1) };
        let separator = if self.values.len() > 1 { self.size(1) } else { Range::ZERO };
        let elements = if matches!(self.types.first(), Some(Type::List(_))) { count.times(self.element(0)) } else { Range::ZERO };
        let size = elements.plus(separator.times(separators));
        (size.by(TRAVERSAL), Some(size))
    }

    fn parsing(&self, parameters: &[Type]) -> Range {
        if matches!(parameters.get(1), Some(Type::String)) { self.size(1).by(TRAVERSAL) } else { Range::ZERO }
    }

    fn equal(&self, function: &str) -> Range {
        match (function, self.types) {
            ("_==_", [Type::Opaque(a), Type::Opaque(b)]) if a == b => match a {
                Opaque::Format => Range { min: 1, max: 64 }.by(TRAVERSAL),
                Opaque::Url => {
                    let known = self.values.get(1).and_then(|value| value.size).map_or(1, |size| size.max);
                    Range { min: 1, max: known }.by(TRAVERSAL)
                }
                _ => ONE,
            },
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
            Some(Type::List(_)) => (ONE, Some(size)),
            _ => (ONE, None),
        }
    }

    fn convert(&self, function: &str, parameters: &[Type]) -> (Range, Option<Range>) {
        let size = self.size(0);
        match (function, parameters.first()) {
            ("string", Some(Type::Bytes)) => (size.by(TRAVERSAL), Some(Range { min: size.min / 4, max: size.max })),
            ("bytes", Some(Type::String)) => (size.by(TRAVERSAL), Some(Range { min: size.min, max: size.max.saturating_mul(4) })),
            _ => (ONE, None),
        }
    }
}

fn is_text(parameters: &[Type]) -> bool {
    matches!(parameters.first(), Some(Type::String | Type::Bytes))
}
