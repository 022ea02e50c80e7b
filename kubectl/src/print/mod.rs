//! Output: tables, YAML, JSON, names, JSONPath.

mod columns;
mod format;
mod table;

pub(crate) use columns::Columns;
pub(crate) use format::{Format, print_object};
pub(crate) use kontiki_api::jsonpath::JsonPath;
pub(crate) use table::{TableOptions, rows_of};
