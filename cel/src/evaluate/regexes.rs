use std::collections::BTreeMap;
use std::ops::Deref;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::EvaluationError;
use crate::library::{nested_repetition, translate_regex};

/// Bytes that a compiled expression may take.
const SIZE_LIMIT: usize = 1 << 19;
/// Groups within groups.
const NEST_LIMIT: u32 = 100;

/// What matching may take, in bytes of text times states of the expression: at worst every byte moves every state, and a tenth of a second
/// goes by with a hundred million.
const MAX_STEPS: u64 = 300_000_000;

/// A compiled regular expression, which knows what it takes to match it.
#[derive(Clone, Debug)]
pub struct CompiledRegex {
    regex: Regex,
    states: u64,
}

impl CompiledRegex {
    /// How many steps a text of `length` bytes takes at worst.
    pub const fn steps(&self, length: usize) -> u64 {
        self.states.saturating_mul(length as u64)
    }

    /// Whether a text of `length` bytes may take all too long.
    pub const fn is_too_long(&self, length: usize) -> bool {
        self.steps(length) > MAX_STEPS
    }
}

impl Deref for CompiledRegex {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        &self.regex
    }
}

/// The regular expression for a pattern in RE2's syntax, as the rules of CEL and the patterns of schemas have it. Its size is
/// bounded.
///
/// # Errors
/// What is wrong with it.
pub fn compile_regex(pattern: &str) -> Result<CompiledRegex, String> {
    let translated = translate_regex(pattern);
    if let Some(nested) = nested_repetition(pattern) {
        return Err(format!("invalid nested repetition operator: `{nested}`"));
    }
    let built = RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT).nest_limit(NEST_LIMIT).build();
    let regex = built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "expression is too large".into(),
        other => in_words_of_go(other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")),
    })?;
    let parsed = ParserBuilder::new().nest_limit(NEST_LIMIT).build().parse(&translated).map_err(|error| error.to_string())?;
    Ok(CompiledRegex { regex, states: states(&parsed) })
}

/// What is wrong, as Go says it where it says no more.
fn in_words_of_go(why: &str) -> String {
    let told = match why {
        "unclosed character class" => "missing closing ]",
        "unclosed group" => "missing closing )",
        "unopened group" => "unexpected )",
        other => other,
    };
    told.to_owned()
}

/// About how many states the automaton of `part` has.
fn states(part: &Hir) -> u64 {
    let sum = |parts: &[Hir]| parts.iter().map(states).fold(0, u64::saturating_add);
    match part.kind() {
        HirKind::Empty => 0,
        HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Class(Class::Unicode(class)) if class.is_ascii() => 1,
        HirKind::Class(Class::Unicode(class)) => 4 + class.ranges().len() as u64,
        HirKind::Repetition(repetition) => {
            let times = u64::from(repetition.max.unwrap_or(repetition.min)).max(1);
            states(&repetition.sub).saturating_add(1).saturating_mul(times)
        }
        HirKind::Capture(capture) => states(&capture.sub),
        HirKind::Concat(parts) => sum(parts),
        HirKind::Alternation(parts) => sum(parts).saturating_add(parts.len() as u64),
    }
}

/// Regular expressions of one evaluation: the program's constants, and the last one made.
pub(crate) struct Regexes<'p> {
    constants: &'p BTreeMap<Box<str>, CompiledRegex>,
    last: Option<(Box<str>, CompiledRegex)>,
}

impl<'p> Regexes<'p> {
    pub(crate) const fn new(constants: &'p BTreeMap<Box<str>, CompiledRegex>) -> Self {
        Self { constants, last: None }
    }

    pub(crate) fn get(&mut self, pattern: &str) -> Result<&CompiledRegex, EvaluationError> {
        if let Some(regex) = self.constants.get(pattern) {
            return Ok(regex);
        }
        let last = match self.last.take() {
            Some(last) if *last.0 == *pattern => last,
            _ => {
                let regex = compile_regex(pattern)
                    .map_err(|error| EvaluationError::invalid(format!("error parsing regexp: {error}: `{pattern}`")))?;
                (pattern.into(), regex)
            }
        };
        Ok(&self.last.insert(last).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matching_takes_at_worst_is_known() {
        let compiled = |pattern: &str| compile_regex(pattern).unwrap();
        let body = 3 << 20;
        for usual in [
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
            "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$",
            "(?s)^.*$",
            r"^\S+$",
        ] {
            assert!(!compiled(usual).is_too_long(body), "{usual}");
        }
        for hard in ["(a|b)*a(a|b){1000}", "([a-z]{1,200}x)*$"] {
            assert!(compiled(hard).is_too_long(body) && !compiled(hard).is_too_long(1_000), "{hard}");
        }
    }
}
