//! `kubectl label` and `kubectl annotate`.

use http::Method;
use kontiki_api::request::PatchType;
use serde_json::{Map, Value, json};

use super::select::{Selectors, objects};
use crate::context::Context;
use crate::failure::Failure;
use crate::manifest::Sources;

/// Flags of both commands.
#[derive(clap::Args, Debug)]
struct Change {
    /// TYPE NAME KEY=VALUE… KEY-…
    #[arg(required = true)]
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
    /// All objects of the type.
    #[arg(long)]
    all: bool,
    /// Replace values that are there.
    #[arg(long)]
    overwrite: bool,
}

/// Change labels.
#[derive(clap::Args, Debug)]
pub(crate) struct Label {
    #[command(flatten)]
    change: Change,
}

/// Change annotations.
#[derive(clap::Args, Debug)]
pub(crate) struct Annotate {
    #[command(flatten)]
    change: Change,
}

impl Label {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        self.change.run(cx, "labels", "labeled", "unlabeled").await
    }
}

impl Annotate {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        self.change.run(cx, "annotations", "annotated", "annotated").await
    }
}

impl Change {
    async fn run(self, cx: &mut Context<'_>, member: &str, done: &str, removed: &str) -> Result<(), Failure> {
        let (words, changes): (Vec<String>, Vec<String>) =
            self.words.iter().cloned().partition(|word| !(word.contains('=') || word.ends_with('-')));
        if changes.is_empty() {
            return Err(Failure::Usage(format!("at least one {} update is required", member.trim_end_matches('s'))));
        }
        for (place, live) in objects(cx, &words, &self.sources, &self.selectors, self.all).await? {
            let now = live.pointer(&format!("/metadata/{member}")).and_then(Value::as_object).cloned().unwrap_or_default();
            let patch = self.patch(&now, &changes, member)?;
            if patch.iter().all(|(key, value)| now.get(key).unwrap_or(&Value::Null) == value) {
                cx.say(format!("{} not {done}", place.shown()))?;
                continue;
            }
            let is_only_removal = patch.values().all(Value::is_null);
            let body = json!({"metadata": {member: patch}});
            cx.send(Method::PATCH, &place.path(), PatchType::Merge.media_type(), Some(&body)).await?;
            cx.say(format!("{} {}", place.shown(), if is_only_removal { removed } else { done }))?;
        }
        Ok(())
    }

    fn patch(&self, now: &Map<String, Value>, changes: &[String], member: &str) -> Result<Map<String, Value>, Failure> {
        let mut patch = Map::new();
        for change in changes {
            match change.split_once('=') {
                Some((key, value)) => {
                    let old = now.get(key).and_then(Value::as_str);
                    if let Some(old) = old.filter(|old| *old != value && !self.overwrite) {
                        let what = if member == "labels" {
                            format!("'{key}' already has a value ({old})")
                        } else {
                            format!("'{key}' already has a value")
                        };
                        return Err(Failure::Usage(format!("{what}, and --overwrite is false")));
                    }
                    patch.insert(key.to_owned(), value.into());
                }
                None => {
                    patch.insert(change.trim_end_matches('-').to_owned(), Value::Null);
                }
            }
        }
        Ok(patch)
    }
}
