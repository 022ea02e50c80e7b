//! `kubectl events`.

use serde_json::Value;

use super::select::Selectors;
use crate::context::Context;
use crate::failure::Failure;
use crate::print::{Columns, TableOptions, rows_of};
use crate::resolve::by_name;

/// Show events.
#[derive(clap::Args, Debug)]
pub(crate) struct Events {
    /// Of one object: TYPE/NAME.
    #[arg(long = "for")]
    about: Option<String>,
    /// All namespaces.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Only these types: Normal, Warning.
    #[arg(long, default_value = "")]
    types: String,
    /// No line of headers.
    #[arg(long)]
    no_headers: bool,
}

impl Events {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let resource = by_name(&cx.client, "events").await?;
        let mut fields = Vec::new();
        if let Some((kind, name)) = self.about.as_ref().and_then(|about| about.split_once('/')) {
            let about = by_name(&cx.client, kind).await?;
            fields.push(format!("involvedObject.kind={}", about.kind));
            fields.push(format!("involvedObject.name={name}"));
        }
        if !self.types.is_empty() {
            fields.push(format!("type={}", self.types));
        }
        let selectors = Selectors { fields: fields.join(","), everywhere: self.all_namespaces, ..Selectors::default() };
        let namespace = if self.all_namespaces { String::new() } else { cx.scope(&resource) };
        let path = selectors.query(&resource.path(&namespace, ""), &[]);
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        let mut table = cx
            .client
            .get(&format!("{path}{}includeObject=Object", if path.contains('?') { "&" } else { "?" }), accept)
            .await?
            .value;
        if let Some(rows) = table.get_mut("rows").and_then(Value::as_array_mut) {
            rows.sort_by_cached_key(last_seen);
        }
        if table.get("rows").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            return cx.note(if namespace.is_empty() {
                "No events found.".into()
            } else {
                format!("No events found in {namespace} namespace.")
            });
        }
        let options = TableOptions { namespaces: self.all_namespaces, headless: self.no_headers, ..TableOptions::default() };
        Ok(Columns::default().print(cx.out, &rows_of(&table, &options))?)
    }
}

/// Times of the same form sort as their text.
fn last_seen(row: &Value) -> String {
    let times = ["/object/lastTimestamp", "/object/eventTime", "/object/metadata/creationTimestamp"];
    times.iter().find_map(|at| row.pointer(at)?.as_str()).unwrap_or_default().to_owned()
}
