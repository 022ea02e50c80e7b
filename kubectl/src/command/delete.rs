//! `kubectl delete`.

use http::Method;
use serde_json::{Value, json};

use super::duration;
use super::select::{Selectors, objects};
use crate::context::{Context, JSON, Place};
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::resolve::{Resource, targets, with_query};

/// Delete objects.
#[derive(clap::Args, Debug)]
pub(crate) struct Delete {
    /// TYPE NAME… or TYPE/NAME…
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
    /// The whole collection of the namespace.
    #[arg(long)]
    all: bool,
    /// What happens to dependents: background, foreground or orphan.
    #[arg(long, default_value = "background", num_args = 0..=1, default_missing_value = "background")]
    cascade: String,
    /// Seconds that a pod has to end; -1 leaves it to the object.
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    grace_period: i64,
    /// Do not wait for the object to end: with a grace period of 0.
    #[arg(long)]
    force: bool,
    /// End at once, as a grace period of 1.
    #[arg(long)]
    now: bool,
    /// Wait until the objects are gone.
    #[arg(long, default_value_t = true, num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set)]
    wait: bool,
    /// Wait no longer than this; 0 for as long as it takes.
    #[arg(long, default_value = "0")]
    timeout: String,
    /// Names that do not exist are no error.
    #[arg(long)]
    ignore_not_found: bool,
    /// name for short output.
    #[arg(short, long, default_value = "")]
    output: String,
}

impl Delete {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        let places = self.places(cx).await?;
        if places.is_empty() {
            return cx.say("No resources found");
        }
        let body = self.options()?;
        let (mut gone, mut is_failed) = (Vec::new(), false);
        for place in places {
            match cx.send(Method::DELETE, &place.path(), JSON, Some(&body)).await {
                Ok(answer) => {
                    self.tell(cx, &place)?;
                    let uid = ["/metadata/uid", "/details/uid"].iter().find_map(|at| answer.pointer(at)?.as_str());
                    gone.push((place, uid.unwrap_or_default().to_owned()));
                }
                Err(failure) if failure.is_not_found() && self.ignore_not_found => {}
                Err(failure) => {
                    cx.note(failure.to_string())?;
                    is_failed = true;
                }
            }
        }
        if self.wait {
            self.await_end(cx, &gone).await?;
        }
        if is_failed { Err(Failure::Told) } else { Ok(()) }
    }

    async fn await_end(&self, cx: &mut Context<'_>, gone: &[(Place, String)]) -> Result<(), Failure> {
        let limit = duration::parse(&self.timeout).map_err(Failure::Usage)?.filter(|limit| !limit.is_zero());
        let deadline = limit.map(|limit| tokio::time::Instant::now() + limit);
        for (place, uid) in gone {
            let end = until_gone(cx, place, uid);
            match deadline {
                None => end.await?,
                Some(deadline) => {
                    let late = |_| Failure::Usage(format!("timed out waiting for the condition on {}", place.shown()));
                    tokio::time::timeout_at(deadline, end).await.map_err(late)??;
                }
            }
        }
        Ok(())
    }

    async fn places(&self, cx: &mut Context<'_>) -> Result<Vec<Place>, Failure> {
        let mut found = Vec::new();
        if !self.sources.files.is_empty() {
            for mut object in self.sources.read()? {
                found.push(cx.place(&mut object).await?);
            }
            return Ok(found);
        }
        let is_named = self.words.len() > 1 || self.words.iter().any(|word| word.contains('/'));
        if is_named {
            for target in targets(&cx.client, &self.words).await? {
                let namespace = cx.scope(&target.resource);
                let place = |name: String| Place { resource: target.resource.clone(), namespace: namespace.clone(), name };
                found.extend(target.names.iter().cloned().map(place));
            }
            return Ok(found);
        }
        let live = objects(cx, &self.words, &self.sources, &self.selectors, self.all).await?;
        Ok(live.into_iter().map(|(place, _)| place).collect())
    }

    fn options(&self) -> Result<Value, Failure> {
        let policy = match self.cascade.as_str() {
            "background" | "true" => "Background",
            "foreground" => "Foreground",
            "orphan" | "false" => "Orphan",
            other => {
                return Err(Failure::Usage(format!(
                    "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
                )));
            }
        };
        let mut options = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy});
        let grace = match (self.now, self.force, self.grace_period) {
            (true, _, _) => 1,
            (false, true, -1) => 0,
            (false, _, seconds) => seconds,
        };
        if grace >= 0 {
            options["gracePeriodSeconds"] = grace.into();
        }
        Ok(options)
    }

    fn tell(&self, cx: &mut Context<'_>, place: &Place) -> Result<(), Failure> {
        if self.output == "name" {
            return cx.say(place.shown());
        }
        let done = if self.force { "force deleted" } else { "deleted" };
        let inside = if place.namespace.is_empty() { String::new() } else { format!(" from {} namespace", place.namespace) };
        cx.say(format!("{} {:?} {done}{inside}", kind_of(&place.resource), place.name))
    }
}

fn kind_of(resource: &Resource) -> String {
    resource.named("").trim_end_matches('/').to_owned()
}

/// Waits until the object of `uid` is gone, by watching it.
pub(super) async fn until_gone(cx: &mut Context<'_>, place: &Place, uid: &str) -> Result<(), Failure> {
    loop {
        let live = match cx.get(&place.path()).await {
            Ok(live) => live,
            Err(failure) if failure.is_not_found() => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let text = |pointer: &str| live.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !uid.is_empty() && text("/metadata/uid") != uid {
            return Ok(());
        }
        let field = format!("metadata.name={}", place.name);
        let revision = text("/metadata/resourceVersion");
        let path =
            with_query(&place.collection(), &[("fieldSelector", &field), ("resourceVersion", &revision), ("watch", "true")]);
        let mut events = cx.client.lines(&path, JSON).await?;
        while let Some(event) = events.value().await? {
            match event.get("type").and_then(Value::as_str) {
                Some("DELETED") => return Ok(()),
                Some("ERROR") => break,
                _ => {}
            }
        }
    }
}
