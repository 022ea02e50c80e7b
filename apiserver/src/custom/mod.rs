//! Custom kinds: the table of rows that follows the stored definitions, objects in the version that is
//! asked for, and the step that establishes and ends definitions.

mod conversion_webhook;
mod convert;
mod deprecated;
mod establish;
mod finalizers;
mod table;
mod watch;

pub(crate) use convert::{Served, as_if_stored, in_version, served, served_one, to_storage};
pub(crate) use deprecated::deprecation;
pub use establish::establish;
pub(crate) use finalizers::finalizer_warnings;
pub(crate) use table::KindTable;
pub(crate) use watch::{CustomWatch, Redefinition};
