use super::EvaluationError;
use crate::value::Value;

/// Gives variables their values.
pub trait Activation<'a> {
    /// The value of the variable, or why it has none; `None` where there is no such variable.
    fn variable(&self, name: &str) -> Option<Result<Value<'a>, EvaluationError>>;
}

/// A few variables with their values.
#[derive(Clone, Debug, Default)]
pub struct Bindings<'a>(Vec<(&'a str, Value<'a>)>);

impl<'a> Bindings<'a> {
    /// No variables.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// With one variable more.
    #[must_use]
    pub fn bind(mut self, name: &'a str, value: Value<'a>) -> Self {
        self.0.push((name, value));
        self
    }
}

impl<'a> Activation<'a> for Bindings<'a> {
    fn variable(&self, name: &str) -> Option<Result<Value<'a>, EvaluationError>> {
        self.0.iter().find(|(bound, _)| *bound == name).map(|(_, value)| Ok(value.clone()))
    }
}
