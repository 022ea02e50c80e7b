use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use super::EvaluationError;
use crate::library::translate_regex;

/// Bytes that a compiled expression may take.
const SIZE_LIMIT: usize = 1 << 19;

/// The regular expression for a pattern in RE2's syntax, as the rules of CEL and the patterns of schemas have it. Its size is
/// bounded.
///
/// # Errors
/// What is wrong with it.
pub fn compile_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&translate_regex(pattern))
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .nest_limit(100)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "expression is too large".into(),
            other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_string(),
        })
}

/// Regular expressions of one evaluation: the program's constants, and the last one made.
pub(crate) struct Regexes<'p> {
    constants: &'p BTreeMap<Box<str>, Regex>,
    last: Option<(Box<str>, Regex)>,
}

impl<'p> Regexes<'p> {
    pub(crate) const fn new(constants: &'p BTreeMap<Box<str>, Regex>) -> Self {
        Self { constants, last: None }
    }

    pub(crate) fn get(&mut self, pattern: &str) -> Result<&Regex, EvaluationError> {
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
