//! Which objects a command is about.

use serde_json::Value;

use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::resolve::{Target, targets, with_query};

/// Flags that narrow a collection.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Selectors {
    /// Label selector: key1=value1,key2!=value2,key3 in (a,b).
    #[arg(short = 'l', long = "selector", default_value = "", hide_default_value = true)]
    pub labels: String,
    /// Field selector: key1=value1,key2!=value2.
    #[arg(long = "field-selector", default_value = "", hide_default_value = true)]
    pub fields: String,
    /// All namespaces.
    #[arg(short = 'A', long = "all-namespaces")]
    pub everywhere: bool,
}

impl Selectors {
    /// `path` with these selectors and `more` parameters.
    pub(crate) fn query(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut parameters = vec![("labelSelector", self.labels.as_str()), ("fieldSelector", self.fields.as_str())];
        parameters.extend_from_slice(more);
        with_query(path, &parameters)
    }

    /// Whether anything narrows the collection.
    pub(crate) const fn is_narrow(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty()
    }
}

/// The objects that words, files and selectors name: each where it is, and as the server has it.
pub(crate) async fn objects(
    cx: &mut Context<'_>,
    words: &[String],
    sources: &Sources,
    selectors: &Selectors,
    all: bool,
) -> Result<Vec<(Place, Value)>, Failure> {
    let mut found = Vec::new();
    if !sources.files.is_empty() {
        for mut object in sources.read()? {
            let place = cx.place(&mut object).await?;
            let live = cx.get(&place.path()).await?;
            found.push((place, live));
        }
        return Ok(found);
    }
    for Target { resource, names } in targets(&cx.client, words).await? {
        let namespace = if selectors.everywhere { String::new() } else { cx.scope(&resource) };
        for name in &names {
            let place = Place { resource: resource.clone(), namespace: namespace.clone(), name: name.clone() };
            let live = cx.get(&place.path()).await?;
            found.push((place, live));
        }
        if !names.is_empty() {
            continue;
        }
        if !all && !selectors.is_narrow() {
            return Err(Failure::usage("resource(s) were provided, but no name was specified"));
        }
        let list = cx.get(&selectors.query(&resource.path(&namespace, ""), &[])).await?;
        found.extend(items_of(&list).into_iter().map(|item| {
            let meta =
                |name: &str| item.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
            (Place { resource: resource.clone(), namespace: meta("namespace"), name: meta("name") }, item.clone())
        }));
    }
    Ok(found)
}

/// The items of a list, each with its type filled in.
pub(crate) fn items_of(list: &Value) -> Vec<Value> {
    let kind = list.get("kind").and_then(Value::as_str).and_then(|kind| kind.strip_suffix("List")).unwrap_or_default();
    let version = list.get("apiVersion").cloned().unwrap_or_default();
    let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
    items
        .map(|item| match item.as_object() {
            Some(members) if !members.contains_key("kind") => {
                let typed = [("apiVersion".to_owned(), version.clone()), ("kind".to_owned(), kind.into())];
                typed.into_iter().chain(members.clone()).collect()
            }
            _ => item.clone(),
        })
        .collect()
}
