//! Runs programs: values in, value or error out, every step paid for.

mod activation;
mod budget;
mod comprehension;
mod error;
mod evaluator;
mod regexes;
mod tools;

pub use activation::{Activation, Bindings};
pub use budget::Budget;
pub use error::EvaluationError;
pub(crate) use evaluator::{Evaluator, constant};
pub(crate) use regexes::Regexes;
pub use regexes::{CompiledRegex, compile_regex};
pub(crate) use tools::Tools;
