use thiserror::Error;

/// Why an evaluation gave no value. Texts are upstream's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvaluationError {
    /// A map or object has no such key or field.
    #[error("no such key: {0}")]
    NoSuchKey(Box<str>),
    /// The activation has no such variable.
    #[error("no such attribute(s): {0}")]
    NoSuchVariable(Box<str>),
    /// A function does not take values of these types.
    #[error("no such overload")]
    NoSuchOverload,
    /// A list has no such element.
    #[error("index out of bounds: {0}")]
    OutOfBounds(i64),
    /// A number is divided by 0.
    #[error("division by zero")]
    DivisionByZero,
    /// The remainder of a division by 0.
    #[error("modulus by zero")]
    ModulusByZero,
    /// A result does not fit its type.
    #[error("integer overflow")]
    Overflow,
    /// Anything else; says what.
    #[error("{0}")]
    Invalid(Box<str>),
    /// The expression costs more than one call may.
    #[error("operation cancelled: actual cost limit exceeded")]
    CostLimit,
    /// Expressions have together cost more than they may.
    #[error("validation failed due to running out of cost budget, no further validation rules will be run")]
    OutOfBudget,
    /// The caller wants no more.
    #[error("operation interrupted")]
    Interrupted,
}

impl EvaluationError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into().into())
    }

    /// Whether the evaluation ends whatever surrounds the fault: `false && …` does not take these away.
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::CostLimit | Self::OutOfBudget | Self::Interrupted)
    }
}
