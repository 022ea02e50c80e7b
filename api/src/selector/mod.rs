//! Selectors: which objects a LIST, a watch or a controller means, by labels and by fields.

mod error;
mod field;
mod label;
mod lexer;
mod names;
mod parser;
mod requirement;

pub use error::SelectorError;
pub use field::FieldSelector;
pub use label::LabelSelector;
pub use names::{label_key_faults, label_value_faults};
pub use requirement::{Operator, Requirement};
