use super::{EvaluationError, Regexes};

/// Bytes of text that a function may make at once.
const MAX_TEXT: usize = 16 << 20;

/// Parts that one evaluation may compare or walk beside what costs count.
const MAX_WORK: u64 = 20_000_000;

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
