//! The values of `-o`.

use std::io::Write;
use std::str::FromStr;

use kontiki_api::yaml;
use serde_json::Value;

use super::{Columns, JsonPath};
use crate::failure::Failure;

/// How results are printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Format {
    /// The server's table.
    #[default]
    Table,
    /// The server's table with all columns.
    Wide,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// `pod/web`.
    Name,
    /// A JSONPath template.
    JsonPath(JsonPath),
    /// Headers and JSONPath templates.
    Custom(Vec<(String, JsonPath)>),
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, template) = text.split_once('=').unwrap_or((text, ""));
        match name {
            "wide" => Ok(Self::Wide),
            "yaml" => Ok(Self::Yaml),
            "json" => Ok(Self::Json),
            "name" => Ok(Self::Name),
            "jsonpath" => JsonPath::parse(template).map(Self::JsonPath),
            "custom-columns" => custom(template).map(Self::Custom),
            _ => Err(format!(
                "unable to match a printer suitable for the output format {text:?}, allowed formats are: \
                 custom-columns,json,jsonpath,name,wide,yaml"
            )),
        }
    }
}

fn custom(template: &str) -> Result<Vec<(String, JsonPath)>, String> {
    let column = |part: &str| {
        let (header, path) = part
            .split_once(':')
            .ok_or_else(|| format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"))?;
        let path = path.trim_start_matches('{').trim_end_matches('}');
        let dot = if path.starts_with('.') { "" } else { "." };
        Ok((header.to_owned(), JsonPath::parse(&format!("{{{dot}{path}}}"))?))
    };
    template.split(',').map(column).collect()
}

/// Prints `object`, an object or a list of objects, in a format that is not a table.
pub(crate) fn print_object(out: &mut (dyn Write + Send), format: &Format, object: &Value) -> Result<(), Failure> {
    match format {
        Format::Table | Format::Wide => {}
        Format::Yaml => write!(out, "{}", yaml::write(object))?,
        Format::Json => writeln!(out, "{}", pretty(object)?)?,
        Format::Name => {
            for item in items(object) {
                writeln!(out, "{}", name(item))?;
            }
        }
        Format::JsonPath(path) => write!(out, "{}", path.render(object).map_err(Failure::Usage)?)?,
        Format::Custom(columns) => {
            let mut rows = vec![columns.iter().map(|(header, _)| header.clone()).collect::<Vec<_>>()];
            for item in items(object) {
                let cell =
                    |path: &JsonPath| path.render(item).ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "<none>".into());
                rows.push(columns.iter().map(|(_, path)| cell(path)).collect());
            }
            Columns::default().print(out, &rows)?;
        }
    }
    Ok(())
}

fn items(object: &Value) -> Vec<&Value> {
    match object.get("items").and_then(Value::as_array) {
        Some(items) => items.iter().collect(),
        None => vec![object],
    }
}

fn name(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("/kind").to_lowercase();
    match text("/apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{}", text("/metadata/name")),
        None => format!("{kind}/{}", text("/metadata/name")),
    }
}

/// JSON as Go indents it for kubectl: four spaces.
fn pretty(object: &Value) -> Result<String, Failure> {
    use serde::Serialize;
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    object.serialize(&mut serializer).map_err(|error| Failure::Connection(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
