//! `kubectl apply`: on the client's side by the annotation of what was applied last, or on the server's.

use std::collections::BTreeMap;

use http::Method;
use kontiki_api::kind::Kinds;
use kontiki_api::patch::three_way;
use kontiki_api::request::PatchType;
use kontiki_api::schema;
use serde_json::{Map, Value, json};

use super::server_side::{CLIENT_SIDE, ServerSide};
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::print::{Format, print_object};
use crate::resolve::with_query;

/// Where client-side apply keeps what it applied last.
pub(super) const LAST: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// As often as kubectl tries again after a conflict.
const TRIES: usize = 5;

/// Make the cluster what files say.
#[derive(clap::Args, Debug)]
pub(crate) struct Apply {
    #[command(flatten)]
    sources: Sources,
    /// none, server or client.
    #[arg(long, default_value = "none", num_args = 0..=1, default_missing_value = "client")]
    dry_run: String,
    /// yaml, json, name, jsonpath=…
    #[arg(short, long)]
    output: Option<Format>,
    /// strict, warn or ignore: what the server does about unknown fields.
    #[arg(long, default_value = "strict")]
    validate: String,
    #[command(flatten)]
    server: ServerSide,
}

impl Apply {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        if self.sources.files.is_empty() {
            return Err(Failure::usage("must specify one of -f and -k"));
        }
        let mut is_failed = false;
        for object in self.sources.read()? {
            if let Err(failure) = self.one(cx, object).await {
                cx.note(failure.to_string())?;
                is_failed = true;
            }
        }
        if is_failed { Err(Failure::Told) } else { Ok(()) }
    }

    async fn one(&self, cx: &mut Context<'_>, mut object: Value) -> Result<(), Failure> {
        let place = cx.place(&mut object).await?;
        if place.name.is_empty() {
            return Err(Failure::usage("resource name may not be empty"));
        }
        if self.server.server_side {
            let applied = self.server.apply(cx, &place, &object, &self.options()).await?;
            return self.tell(cx, &place, "serverside-applied", &applied);
        }
        let modified = with_last_applied(object);
        for _ in 1..TRIES {
            match self.attempt(cx, &place, &modified).await {
                Err(failure) if failure.is_conflict() => {}
                done => return done,
            }
        }
        self.attempt(cx, &place, &modified).await
    }

    async fn attempt(&self, cx: &mut Context<'_>, place: &Place, modified: &Value) -> Result<(), Failure> {
        let live = match cx.get(&place.path()).await {
            Ok(live) => live,
            Err(failure) if failure.is_not_found() => {
                let made = match self.dry_run.as_str() {
                    "client" => modified.clone(),
                    _ => cx.send(Method::POST, &self.query(&place.collection()), "", Some(modified)).await?,
                };
                return self.tell(cx, place, "created", &made);
            }
            Err(failure) => return Err(failure),
        };
        let last = last_applied(cx, place, &live)?;
        let (form, patch) = patch(place, &last, modified, &live);
        if patch.as_object().is_none_or(Map::is_empty) {
            return self.tell(cx, place, "unchanged", &live);
        }
        let changed = match self.dry_run.as_str() {
            "client" => modified.clone(),
            _ => cx.send(Method::PATCH, &self.query(&place.path()), form.media_type(), Some(&patch)).await?,
        };
        self.tell(cx, place, "configured", &changed)
    }

    fn query(&self, path: &str) -> String {
        with_query(path, &[&[("fieldManager", CLIENT_SIDE)], self.options().as_slice()].concat())
    }

    fn options(&self) -> [(&'static str, &'static str); 2] {
        let validation = match self.validate.as_str() {
            "true" | "strict" => "Strict",
            "warn" => "Warn",
            _ => "Ignore",
        };
        let dry_run = if self.dry_run == "server" { "All" } else { "" };
        [("fieldValidation", validation), ("dryRun", dry_run)]
    }

    fn tell(&self, cx: &mut Context<'_>, place: &Place, done: &str, object: &Value) -> Result<(), Failure> {
        if let Some(format) = &self.output {
            return print_object(cx.out, format, object);
        }
        let suffix = match self.dry_run.as_str() {
            "server" => " (server dry run)",
            "client" => " (dry run)",
            _ => "",
        };
        cx.say(format!("{} {done}{suffix}", place.shown()))
    }
}

/// The patch from what was applied last and what is there to what is wanted, and its form.
fn patch(place: &Place, last: &Value, modified: &Value, live: &Value) -> (PatchType, Value) {
    let row = Kinds::builtin().by_kind(&place.resource.api_version(), &place.resource.kind).cloned();
    match row.and_then(|row| schema::definition(&row.definition)) {
        Some(schema) => (PatchType::Strategic, three_way(Some(schema), last, modified, live)),
        None => (PatchType::Merge, three_way(None, last, modified, live)),
    }
}

fn last_applied(cx: &mut Context<'_>, place: &Place, live: &Value) -> Result<Value, Failure> {
    let annotation = live.pointer("/metadata/annotations").and_then(|all| all.get(LAST)?.as_str());
    if let Some(last) = annotation.and_then(|text| serde_json::from_str(text).ok()) {
        return Ok(last);
    }
    cx.note(format!(
        "Warning: resource {}/{} is missing the {LAST} annotation which is required by kubectl apply. kubectl apply should only be used \
         on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be \
         patched automatically.",
        place.resource.plural, place.name
    ))?;
    Ok(json!({}))
}

/// `object` with an annotation that holds itself.
pub(super) fn with_last_applied(mut object: Value) -> Value {
    let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return object };
    let annotations = meta.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.shift_remove(LAST);
    }
    let text = format!("{}\n", sorted(&object));
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert(LAST.to_owned(), text.into());
    }
    object
}

/// The same value with sorted members: as Go writes maps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, Value> = members.iter().map(|(name, value)| (name, sorted(value))).collect();
            members.into_iter().map(|(name, value)| (name.clone(), value)).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_holds_the_object_without_itself() {
        let object = json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a", "annotations": {LAST: "old"}}, "data": {"b": "1"}});
        let marked = with_last_applied(object);
        assert_eq!(
            marked["metadata"]["annotations"][LAST],
            "{\"apiVersion\":\"v1\",\"data\":{\"b\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{},\"name\":\"a\"}}\n"
        );
        assert_eq!(with_last_applied(marked.clone()), marked);
    }
}
