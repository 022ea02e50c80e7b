use super::{CompiledRegex, EvaluationError, Regexes};

/// Bytes of text that a function may make at once.
const MAX_TEXT: usize = 16 << 20;

/// Parts that one evaluation may compare or walk beside what costs count.
const MAX_WORK: u64 = 20_000_000;

/// Steps of matching that are as one part: all of them together take a third of a second.
const STEPS: u64 = 16;

/// What functions may use.
pub(crate) struct Tools<'t> {
    pub regexes: Regexes<'t>,
    /// Parts that may still be compared.
    pub work: u64,
}

impl<'t> Tools<'t> {
    pub(crate) const fn new(regexes: Regexes<'t>) -> Self {
        Self { regexes, work: MAX_WORK }
    }

    /// The expression for `pattern`, once matching it against `text` is paid for.
    pub(crate) fn regex(&mut self, pattern: &str, text: &str) -> Result<&CompiledRegex, EvaluationError> {
        let regex = self.regexes.get(pattern)?;
        let parts = regex.steps(text.len()) / STEPS;
        self.work = self.work.checked_sub(parts).ok_or(EvaluationError::CostLimit)?;
        Ok(regex)
    }

    /// An error where text of `length` bytes is too much.
    pub(crate) const fn allow_text(length: usize) -> Result<(), EvaluationError> {
        if length > MAX_TEXT { Err(EvaluationError::CostLimit) } else { Ok(()) }
    }

    /// Pays for `parts` of work.
    pub(crate) fn spend(&mut self, parts: u64) -> Result<(), EvaluationError> {
        self.work = self.work.checked_sub(parts).ok_or(EvaluationError::CostLimit)?;
        Ok(())
    }
}
