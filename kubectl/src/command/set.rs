//! `kubectl set`.

use http::Method;
use kontiki_api::request::PatchType;
use serde_json::{Value, json};

use super::select::{Selectors, objects};
use crate::context::Context;
use crate::failure::Failure;
use crate::manifest::Sources;

/// Set parts of objects.
#[derive(clap::Args, Debug)]
pub(crate) struct Set {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Images of containers: TYPE/NAME CONTAINER=IMAGE…
    Image(Change),
    /// Environment of containers: TYPE/NAME NAME=VALUE… NAME-…
    Env(Change),
}

#[derive(clap::Args, Debug)]
struct Change {
    /// The objects, and what to set.
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
    /// Only these containers.
    #[arg(short, long, default_value = "*")]
    containers: String,
    /// All objects of the type.
    #[arg(long)]
    all: bool,
}

impl Set {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let (change, done) = match &self.what {
            What::Image(change) => (change, "image updated"),
            What::Env(change) => (change, "env updated"),
        };
        let is_setting = |word: &String| word.contains('=') || (matches!(self.what, What::Env(_)) && word.ends_with('-'));
        let (settings, words): (Vec<String>, Vec<String>) = change.words.iter().cloned().partition(is_setting);
        if settings.is_empty() {
            return Err(Failure::usage("at least one change is required"));
        }
        for (place, live) in objects(cx, &words, &change.sources, &change.selectors, change.all).await? {
            let at = pod_spec(&place.resource.kind);
            let patches = match &self.what {
                What::Image(_) => images(&live, at, &settings)?,
                What::Env(change) => environment(&live, at, &settings, &change.containers),
            };
            let body = at.rsplit('/').filter(|name| !name.is_empty()).fold(patches, |inner, name| json!({name: inner}));
            let patched = cx.send(Method::PATCH, &place.path(), PatchType::Strategic.media_type(), Some(&body)).await?;
            let revision = |object: &Value| object.pointer("/metadata/resourceVersion").cloned();
            if revision(&patched) != revision(&live) {
                cx.say(format!("{} {done}", place.shown()))?;
            }
        }
        Ok(())
    }
}

/// Where the pod's spec is in an object of `kind`.
fn pod_spec(kind: &str) -> &'static str {
    match kind {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    }
}

fn names(live: &Value, at: &str, list: &str) -> Vec<String> {
    let containers = live.pointer(&format!("{at}/{list}")).and_then(Value::as_array).into_iter().flatten();
    containers.filter_map(|container| container.get("name")?.as_str()).map(str::to_owned).collect()
}

fn images(live: &Value, at: &str, settings: &[String]) -> Result<Value, Failure> {
    let mut patch = json!({});
    for setting in settings {
        let (wanted, image) = setting.split_once('=').unwrap_or((setting, ""));
        let mut is_found = false;
        for list in ["containers", "initContainers"] {
            for name in names(live, at, list).into_iter().filter(|name| wanted == "*" || name == wanted) {
                is_found = true;
                if let Some(items) = patch.as_object_mut().map(|patch| patch.entry(list).or_insert_with(|| json!([]))) {
                    items.as_array_mut().into_iter().for_each(|items| items.push(json!({"name": name, "image": image})));
                }
            }
        }
        if !is_found {
            return Err(Failure::Usage(format!("unable to find container named {wanted:?}")));
        }
    }
    Ok(patch)
}

fn environment(live: &Value, at: &str, settings: &[String], containers: &str) -> Value {
    let variables: Vec<Value> = settings
        .iter()
        .map(|setting| match setting.split_once('=') {
            Some((name, value)) => json!({"name": name, "value": value}),
            None => json!({"name": setting.trim_end_matches('-'), "$patch": "delete"}),
        })
        .collect();
    let wanted = names(live, at, "containers").into_iter().filter(|name| containers == "*" || name == containers);
    let patches: Vec<Value> = wanted.map(|name| json!({"name": name, "env": variables})).collect();
    json!({"containers": patches})
}
