/// Most that one evaluation may cost.
const PER_CALL: u64 = 1_000_000;

/// What evaluations may cost: one alone, and all that share the budget together.
pub struct Budget<'i> {
    pub(crate) per_call: u64,
    pub(crate) remaining: u64,
    pub(crate) interrupt: Option<&'i (dyn Fn() -> bool + 'i)>,
}

impl<'i> Budget<'i> {
    /// Upstream's limit for one evaluation (1,000,000), none for the sum.
    pub const fn per_call() -> Self {
        Self { per_call: PER_CALL, remaining: u64::MAX, interrupt: None }
    }

    /// Upstream's limit for one evaluation, and `total` for all that use this budget.
    pub const fn total(total: u64) -> Self {
        Self { per_call: PER_CALL, remaining: total, interrupt: None }
    }

    /// Upstream's limit for all expressions of one policy or one custom resource (10,000,000).
    pub const fn per_object() -> Self {
        Self::total(10_000_000)
    }

    /// Upstream's limit for the match conditions of one webhook or policy (2,500,000).
    pub const fn match_conditions() -> Self {
        Self::total(2_500_000)
    }

    /// Asks `interrupt` from time to time whether to stop.
    #[must_use]
    pub fn interrupted_by(mut self, interrupt: &'i (dyn Fn() -> bool + 'i)) -> Self {
        self.interrupt = Some(interrupt);
        self
    }

    /// What is left.
    pub const fn remaining(&self) -> u64 {
        self.remaining
    }
}
