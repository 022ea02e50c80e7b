//! Validation of CustomResourceDefinitions themselves.

mod columns;
mod conversion;
mod convertible;
mod defaults;
mod definition;
mod field_path;
mod formats;
pub(in crate::custom) mod go;
mod junctors;
mod lists;
mod names;
mod openapi;
mod paths;
mod regex_fault;
mod schema;
#[cfg(test)]
mod schema_tests;
mod shared;
mod spec;
mod structural;
#[cfg(test)]
mod tests;
mod versions;
mod whole;

pub(crate) use definition::{definition_create, definition_status, definition_update};
pub(in crate::custom) use field_path::{led_to, shown};
pub(crate) use formats::{definition_update_warnings, definition_warnings};

/// The faults of `schema` at `path`.
#[cfg(test)]
pub(in crate::custom) fn schema_faults(
    schema: &serde_json::Value,
    path: &crate::kind::validate::Path<'_>,
    faults: &mut crate::kind::validate::Faults,
) {
    let mut found = openapi::Found::default();
    openapi::check(schema, true, path, &mut found);
    faults.extend(found.schema);
    faults.extend(found.rules);
    found.total.tell(path, faults);
}
