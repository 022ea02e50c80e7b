//! Printer columns of custom kinds.

use std::sync::Arc;

use super::raw::RawColumn;
use crate::jsonpath::JsonPath;
use crate::kind::{Cell, Column};

/// The columns that the definition lists behind the name; the age where it lists none.
pub(super) fn of(listed: &[RawColumn]) -> Vec<Column> {
    let mut columns = vec![column("Name", "string", ".metadata.name", "Name must be unique within a namespace.")];
    columns[0].format = "name".into();
    if listed.is_empty() {
        let description = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not \
                           guaranteed to be set in happens-before order across separate operations.";
        columns.push(column("Age", "date", ".metadata.creationTimestamp", description));
    }
    columns.extend(listed.iter().map(|raw| Column {
        format: raw.format.as_str().into(),
        priority: raw.priority,
        ..column(&raw.name, &raw.r#type, &raw.json_path, &raw.description)
    }));
    columns
}

fn column(name: &str, r#type: &str, path: &str, description: &str) -> Column {
    // A path that cannot be read finds nothing; definitions with such a path are refused.
    let path = JsonPath::parse(path).unwrap_or_default();
    Column {
        name: name.into(),
        r#type: r#type.into(),
        format: "".into(),
        description: description.into(),
        priority: 0,
        cell: Cell::Path(Arc::new(path)),
    }
}
