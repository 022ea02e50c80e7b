//! Rows of a server's Table.

use serde_json::Value;

/// What a table shows beside the server's cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableOptions {
    /// Also the columns of lower priority.
    pub wide: bool,
    /// A column of namespaces.
    pub namespaces: bool,
    /// A column of all labels.
    pub labels: bool,
    /// A column for each of these labels.
    pub label_columns: Vec<String>,
    /// No line of headers.
    pub headless: bool,
    /// Put before every name: `pod/`.
    pub prefix: String,
}

/// The lines of `table`; the first holds the headers, unless there are to be none.
pub(crate) fn rows_of(table: &Value, options: &TableOptions) -> Vec<Vec<String>> {
    let columns = list(table, "columnDefinitions");
    let is_shown = |column: &Value| options.wide || column.get("priority").and_then(Value::as_i64).unwrap_or_default() == 0;
    let shown: Vec<usize> = columns.iter().enumerate().filter(|(_, column)| is_shown(column)).map(|(at, _)| at).collect();
    let mut rows = Vec::new();
    if !options.headless {
        let names = shown.iter().filter_map(|at| columns.get(*at)?.get("name")?.as_str()).map(str::to_uppercase);
        rows.push(header(names.collect(), options));
    }
    for row in list(table, "rows") {
        let cells = list(row, "cells");
        let texts = shown.iter().map(|at| cells.get(*at).map(text).unwrap_or_default()).collect();
        rows.push(line(texts, row, options));
    }
    rows
}

fn header(mut names: Vec<String>, options: &TableOptions) -> Vec<String> {
    if options.namespaces {
        names.insert(0, "NAMESPACE".into());
    }
    names.extend(options.label_columns.iter().map(|label| label.rsplit('/').next().unwrap_or(label).to_uppercase()));
    if options.labels {
        names.push("LABELS".into());
    }
    names
}

fn line(mut cells: Vec<String>, row: &Value, options: &TableOptions) -> Vec<String> {
    let meta = row.pointer("/object/metadata").unwrap_or(&Value::Null);
    if let Some(name) = cells.first_mut() {
        name.insert_str(0, &options.prefix);
    }
    if options.namespaces {
        cells.insert(0, meta.get("namespace").and_then(Value::as_str).unwrap_or_default().to_owned());
    }
    let labels = meta.get("labels").and_then(Value::as_object);
    for label in &options.label_columns {
        cells.push(labels.and_then(|labels| labels.get(label)?.as_str()).unwrap_or_default().to_owned());
    }
    if options.labels {
        let mut pairs: Vec<String> =
            labels.into_iter().flatten().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
        pairs.sort();
        cells.push(if pairs.is_empty() { "<none>".into() } else { pairs.join(",") });
    }
    cells
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A cell on one line.
fn text(cell: &Value) -> String {
    let text = match cell {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match text.split_once('\n') {
        Some((first, _)) => format!("{first}..."),
        None => text,
    }
}
