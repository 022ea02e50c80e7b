//! Printer columns of custom kinds.

use std::sync::Arc;

use super::raw::RawColumn;
use crate::jsonpath::JsonPath;
use crate::kind::{Cell, Column};

const AGE: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed \
                   to be set in happens-before order across separate operations.";

/// The columns that the definition lists behind the name; the age where it lists none. As upstream, tables end before the first
/// column whose path cannot be read.
pub(super) fn of(listed: &[RawColumn]) -> Vec<Column> {
    let name = column("Name", "string", ".metadata.name", "Name must be unique within a namespace.");
    let mut columns: Vec<Column> = name.map(|name| Column { format: "name".into(), ..name }).into_iter().collect();
    if listed.is_empty() {
        columns.extend(column("Age", "date", ".metadata.creationTimestamp", AGE));
    }
    columns.extend(listed.iter().map_while(|raw| {
        let told = match raw.description.as_str() {
            "" => format!("Custom resource definition column (in JSONPath format): {}", raw.json_path),
            own => own.to_owned(),
        };
        let column = column(&raw.name, &raw.r#type, &raw.json_path, &told)?;
        Some(Column { format: raw.format.as_str().into(), priority: raw.priority, ..column })
    }));
    columns
}

/// A column; none where its path cannot be read.
fn column(name: &str, r#type: &str, path: &str, description: &str) -> Option<Column> {
    let path = JsonPath::parse_path(path).ok()?;
    Some(Column {
        name: name.into(),
        r#type: r#type.into(),
        format: "".into(),
        description: description.into(),
        priority: 0,
        cell: Cell::Path(Arc::new(path)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_ends_before_a_path_that_cannot_be_read() {
        let raw = |name: &str, path: &str| RawColumn {
            name: name.into(),
            r#type: "string".into(),
            format: String::new(),
            description: String::new(),
            priority: 0,
            json_path: path.into(),
        };
        let names = |listed: &[RawColumn]| of(listed).iter().map(|column| column.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&[]), ["Name", "Age"]);
        assert_eq!(names(&[raw("A", ".spec.a"), raw("B", ".spec.b")]), ["Name", "A", "B"]);
        let deep = format!(".spec{}{}", "[?(@.a".repeat(200_000), ")]".repeat(200_000));
        for wrong in [deep, ".spec.a}{range .a[*]}".repeat(100_000)] {
            assert_eq!(names(&[raw("A", ".spec.a"), raw("B", &wrong), raw("C", ".spec.c")])[..2], ["Name", "A"]);
        }
        assert_eq!(names(&[raw("A", ".spec.a"), raw("B", ".spec[?(@.x"), raw("C", ".spec.c")]), ["Name", "A"]);
    }
}
