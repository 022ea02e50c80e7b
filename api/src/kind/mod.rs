//! A kind is a row: everything the generic machinery knows of a kind.

mod builtin;
pub(crate) mod columns;
mod conversion;
mod definition;
mod hooks;
mod kinds;
mod priority;
mod row;
pub mod validate;
mod version;

pub use builtin::MAX_VARIABLES;
pub use builtin::qos_class;
pub(crate) use builtin::{ADDRESS_FAULTS, client_config};
pub use conversion::Conversion;
pub use definition::definition_of;
pub use hooks::{FieldError, FieldErrorType, Hooks};
pub use kinds::Kinds;
pub use priority::priority;
pub use row::{Cell, Column, Kind, Selectable, Subresource};
pub use version::version_priority;
