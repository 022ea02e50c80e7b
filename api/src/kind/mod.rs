//! A kind is a row: everything the generic machinery knows of a kind.

mod hooks;
mod kinds;
mod row;

pub use hooks::{FieldError, FieldErrorType, Hooks};
pub use kinds::Kinds;
pub use row::{Cell, Column, Kind, Selectable, Subresource};
