//! `kubectl get`.

use serde_json::{Value, json};

use super::select::{Selectors, items_of};
use crate::context::{Context, JSON};
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::print::{Columns, Format, TableOptions, print_object, rows_of};
use crate::resolve::{Resource, Target, targets, with_query};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// Show objects.
#[derive(clap::Args, Debug)]
pub(crate) struct Get {
    /// TYPE[,TYPE…] [NAME…] or TYPE/NAME…
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
    /// wide, yaml, json, name, jsonpath=…, custom-columns=…
    #[arg(short, long)]
    output: Option<Format>,
    /// Go on with changes after the list.
    #[arg(short, long)]
    watch: bool,
    /// Only changes, not the list.
    #[arg(long)]
    watch_only: bool,
    /// No line of headers.
    #[arg(long)]
    no_headers: bool,
    /// A column of labels.
    #[arg(long)]
    show_labels: bool,
    /// A column for each of these labels.
    #[arg(short = 'L', long, value_delimiter = ',')]
    label_columns: Vec<String>,
    /// Keep metadata.managedFields.
    #[arg(long)]
    show_managed_fields: bool,
    /// Names that do not exist are no error.
    #[arg(long)]
    ignore_not_found: bool,
    /// Sort by a JSONPath.
    #[arg(long)]
    sort_by: Option<String>,
    /// Bytes of the object as the server sends them at this path.
    #[arg(long)]
    raw: Option<String>,
}

impl Get {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        if let Some(path) = &self.raw {
            let answer = cx.client.get(path, "*/*").await?.value;
            return cx.say(answer.as_str().map_or_else(|| answer.to_string(), str::to_owned));
        }
        let wanted = self.wanted(cx).await?;
        match &self.output {
            None | Some(Format::Wide) => self.tables(cx, wanted).await,
            Some(format) => self.objects(cx, wanted, format).await,
        }
    }

    async fn wanted(&self, cx: &mut Context<'_>) -> Result<Vec<(Target, String)>, Failure> {
        if self.sources.files.is_empty() {
            let found = targets(&cx.client, &self.words).await?;
            let scope = |target: &Target| if self.selectors.everywhere { String::new() } else { cx.scope(&target.resource) };
            return Ok(found.into_iter().map(|target| (target.clone(), scope(&target))).collect());
        }
        let mut found = Vec::new();
        for mut object in self.sources.read()? {
            let place = cx.place(&mut object).await?;
            found.push((Target { resource: place.resource, names: vec![place.name] }, place.namespace));
        }
        Ok(found)
    }

    async fn tables(&self, cx: &mut Context<'_>, wanted: Vec<(Target, String)>) -> Result<(), Failure> {
        let is_mixed = wanted.iter().any(|(target, _)| target.resource != wanted[0].0.resource);
        let (mut shown, mut missing, mut is_failed) = (0, Vec::new(), false);
        for (target, namespace) in &wanted {
            let mut columns = Columns::default();
            let mut options = self.options(&target.resource, is_mixed);
            let paths = self.paths(target, namespace);
            for path in &paths {
                let table = match cx.client.get(path, TABLE).await {
                    Ok(answer) => sorted(answer.value, self.sort_by.as_deref()),
                    Err(failure) if failure.is_not_found() && !target.names.is_empty() => {
                        if !self.ignore_not_found {
                            cx.note(failure.to_string())?;
                            is_failed = true;
                        }
                        continue;
                    }
                    Err(failure) => return Err(failure),
                };
                let is_empty = table.get("rows").and_then(Value::as_array).is_none_or(Vec::is_empty);
                if is_empty && !self.watch {
                    continue;
                }
                if shown > 0 && !options.headless && is_mixed {
                    cx.say("")?;
                }
                shown += 1;
                if !self.watch_only {
                    columns.print(cx.out, &rows_of(&table, &options))?;
                }
                options.headless = true;
                if self.watch || self.watch_only {
                    self.follow(cx, path, &table, &mut columns, &options, target).await?;
                }
            }
            missing.push(namespace.clone());
        }
        match (is_failed, shown) {
            (true, _) => Err(Failure::Told),
            (false, 0) if !self.ignore_not_found => nothing(cx, missing.first().map_or("", String::as_str)),
            _ => Ok(()),
        }
    }

    fn options(&self, resource: &Resource, is_mixed: bool) -> TableOptions {
        let prefix = if is_mixed { resource.named("") } else { String::new() };
        TableOptions {
            wide: self.output == Some(Format::Wide),
            namespaces: self.selectors.everywhere && resource.namespaced,
            labels: self.show_labels,
            label_columns: self.label_columns.clone(),
            headless: self.no_headers,
            prefix,
        }
    }

    fn paths(&self, target: &Target, namespace: &str) -> Vec<String> {
        if target.names.is_empty() {
            return vec![self.selectors.query(&target.resource.path(namespace, ""), &[("limit", "500")])];
        }
        target.names.iter().map(|name| target.resource.path(namespace, name)).collect()
    }

    /// Prints every change after `table`.
    async fn follow(
        &self,
        cx: &mut Context<'_>,
        path: &str,
        table: &Value,
        columns: &mut Columns,
        options: &TableOptions,
        target: &Target,
    ) -> Result<(), Failure> {
        let revision = table.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
        let collection = path.split('?').next().unwrap_or(path);
        let (collection, field) = match target.names.first() {
            Some(name) => (collection.rsplit_once('/').map_or(collection, |(head, _)| head), format!("metadata.name={name}")),
            None => (collection, self.selectors.fields.clone()),
        };
        let parameters = [
            ("labelSelector", self.selectors.labels.as_str()),
            ("fieldSelector", &field),
            ("resourceVersion", revision),
            ("watch", "true"),
        ];
        let mut lines = cx.client.lines(&with_query(collection, &parameters), TABLE).await?;
        while let Some(event) = lines.value().await? {
            if event.get("type").and_then(Value::as_str) == Some("ERROR") {
                let message = event.pointer("/object/message").and_then(Value::as_str).unwrap_or("the watch ended");
                return Err(Failure::Usage(message.to_owned()));
            }
            let Some(change) = event.get("object") else { continue };
            // Only the first event of a watch says what the columns are.
            let mut change = change.clone();
            if change.get("columnDefinitions").is_none_or(|columns| columns.as_array().is_none_or(Vec::is_empty)) {
                change["columnDefinitions"] = table.get("columnDefinitions").cloned().unwrap_or_default();
            }
            columns.print(cx.out, &rows_of(&change, options))?;
        }
        Ok(())
    }

    async fn objects(&self, cx: &mut Context<'_>, wanted: Vec<(Target, String)>, format: &Format) -> Result<(), Failure> {
        let mut items = Vec::new();
        let is_one = matches!(wanted.as_slice(), [(target, _)] if target.names.len() == 1);
        let mut is_failed = false;
        for (target, namespace) in &wanted {
            for name in &target.names {
                match cx.get(&target.resource.path(namespace, name)).await {
                    Ok(object) => items.push(object),
                    Err(failure) if failure.is_not_found() && self.ignore_not_found => {}
                    Err(failure) if failure.is_not_found() => {
                        cx.note(failure.to_string())?;
                        is_failed = true;
                    }
                    Err(failure) => return Err(failure),
                }
            }
            if target.names.is_empty() {
                items.extend(self.list(cx, &target.resource.path(namespace, "")).await?);
            }
        }
        if !self.show_managed_fields {
            items.iter_mut().for_each(without_managed_fields);
        }
        match (is_one, items.len()) {
            (true, 0) => {}
            (true, _) => print_object(cx.out, format, &items.swap_remove(0))?,
            (false, _) => {
                let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}});
                print_object(cx.out, format, &list)?;
            }
        }
        if is_failed { Err(Failure::Told) } else { Ok(()) }
    }

    /// Every object of a collection, page by page.
    async fn list(&self, cx: &mut Context<'_>, path: &str) -> Result<Vec<Value>, Failure> {
        let (mut items, mut next) = (Vec::new(), String::new());
        loop {
            let page = cx.client.get(&self.selectors.query(path, &[("limit", "500"), ("continue", &next)]), JSON).await?.value;
            items.extend(items_of(&page));
            match page.pointer("/metadata/continue").and_then(Value::as_str) {
                Some(more) if !more.is_empty() => more.clone_into(&mut next),
                _ => return Ok(items),
            }
        }
    }
}

fn without_managed_fields(object: &mut Value) {
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.shift_remove("managedFields");
    }
}

fn nothing(cx: &mut Context<'_>, namespace: &str) -> Result<(), Failure> {
    match namespace {
        "" => cx.note("No resources found"),
        namespace => cx.note(format!("No resources found in {namespace} namespace.")),
    }
}

/// The table with its rows sorted by a path of their objects' metadata.
fn sorted(mut table: Value, by: Option<&str>) -> Value {
    let Some(path) = by.and_then(|by| crate::print::JsonPath::parse(by).ok()) else { return table };
    if let Some(rows) = table.get_mut("rows").and_then(Value::as_array_mut) {
        let key = |row: &Value| path.render(row.get("object").unwrap_or(&Value::Null)).unwrap_or_default();
        rows.sort_by_cached_key(key);
    }
    table
}
