//! A description: keys and values, aligned.

use std::io::Write;

use serde_json::Value;

/// A description that is being written.
#[derive(Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    Field(String, String),
    Text(String),
    Table(Vec<Vec<String>>),
}

const STEP: usize = 2;

impl Page {
    /// `key:  value`; `<none>` where the value is empty.
    pub(super) fn field(&mut self, level: usize, key: &str, value: impl Into<String>) {
        let value = value.into();
        let value = if value.is_empty() { "<none>".to_owned() } else { value };
        self.lines.push(Line::Field(format!("{:indent$}{key}:", "", indent = level * STEP), value));
    }

    /// As [`Page::field`], but left out where the value is empty.
    pub(super) fn some(&mut self, level: usize, key: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.field(level, key, value);
        }
    }

    /// `key:` above what belongs to it.
    pub(super) fn head(&mut self, level: usize, key: &str) {
        self.lines.push(Line::Text(format!("{:indent$}{key}:", "", indent = level * STEP)));
    }

    /// A line as it is.
    pub(super) fn text(&mut self, level: usize, text: &str) {
        self.lines.push(Line::Text(format!("{:indent$}{text}", "", indent = level * STEP)));
    }

    /// Rows under headers with dashes.
    pub(super) fn table(&mut self, headers: &[&str], rows: Vec<Vec<String>>) {
        let dashes = headers.iter().map(|header| "-".repeat(header.len())).collect();
        let mut all = vec![headers.iter().map(|header| (*header).to_owned()).collect(), dashes];
        all.extend(rows);
        self.lines.push(Line::Table(all));
    }

    /// A map: the first pair behind the key, each other on a line of its own.
    pub(super) fn map(&mut self, level: usize, key: &str, map: Option<&Value>, sign: &str) {
        let mut pairs: Vec<String> = map
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(name, _)| !name.ends_with("last-applied-configuration"))
            .map(|(name, value)| format!("{name}{sign}{}", shown(value)))
            .collect();
        pairs.sort();
        let mut pairs = pairs.into_iter();
        self.field(level, key, pairs.next().unwrap_or_default());
        self.lines.extend(pairs.map(|pair| Line::Field(String::new(), pair)));
    }

    /// What every object has.
    pub(super) fn meta(&mut self, object: &Value) {
        self.field(0, "Name", at(object, "/metadata/name"));
        self.some(0, "Namespace", at(object, "/metadata/namespace"));
    }

    /// Labels and annotations.
    pub(super) fn labels(&mut self, object: &Value) {
        self.map(0, "Labels", object.pointer("/metadata/labels"), "=");
        self.map(0, "Annotations", object.pointer("/metadata/annotations"), ": ");
    }

    /// Prints it: values that stand on successive lines begin in the same column.
    pub(super) fn print(&self, out: &mut (dyn Write + Send)) -> std::io::Result<()> {
        let mut rest = self.lines.as_slice();
        while let Some(line) = rest.first() {
            let run = rest.iter().take_while(|line| matches!(line, Line::Field(..))).count();
            match line {
                Line::Field(..) => print_fields(out, rest.get(..run).unwrap_or_default())?,
                Line::Text(text) => writeln!(out, "{text}")?,
                Line::Table(rows) => print_table(out, rows)?,
            }
            rest = rest.get(run.max(1)..).unwrap_or_default();
        }
        Ok(())
    }
}

fn print_fields(out: &mut (dyn Write + Send), lines: &[Line]) -> std::io::Result<()> {
    let fields = || lines.iter().filter_map(|line| if let Line::Field(key, value) = line { Some((key, value)) } else { None });
    let width = fields().map(|(key, _)| key.chars().count() + STEP).max().unwrap_or_default();
    fields().try_for_each(|(key, value)| writeln!(out, "{key:width$}{value}"))
}

fn print_table(out: &mut (dyn Write + Send), rows: &[Vec<String>]) -> std::io::Result<()> {
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or_default() + STEP;
    for row in rows {
        write!(out, "  ")?;
        for (at, cell) in row.iter().enumerate() {
            let width = if at + 1 < row.len() { width(at) } else { 0 };
            write!(out, "{cell:width$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The scalar at `pointer` as text; empty where there is none.
pub(super) fn at(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).map(shown).unwrap_or_default()
}

/// The list at `pointer`.
pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A scalar as text.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
