//! `kubectl rollout`.

use http::Method;
use kontiki_api::request::PatchType;
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::duration;
use super::select::{Selectors, items_of, objects};
use super::watch::Watch;
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::manifest::Sources;
use crate::print::Columns;
use crate::resolve::by_name;

const REVISION: &str = "deployment.kubernetes.io/revision";

/// Follow and steer the rollout of a workload.
#[derive(clap::Args, Debug)]
pub(crate) struct Rollout {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Follow the rollout until it is done.
    Status {
        #[command(flatten)]
        on: On,
        /// Go on until it is done.
        #[arg(short, long, default_value_t = true, action = clap::ArgAction::Set)]
        watch: bool,
        /// How long at most; 0 for ever.
        #[arg(long, default_value = "0")]
        timeout: String,
    },
    /// List the revisions.
    History {
        #[command(flatten)]
        on: On,
    },
    /// Go back to an earlier revision.
    Undo {
        #[command(flatten)]
        on: On,
        /// To this one; 0 for the one before.
        #[arg(long, default_value_t = 0)]
        to_revision: i64,
    },
    /// Replace all pods by new ones.
    Restart {
        #[command(flatten)]
        on: On,
    },
    /// Hold the rollout.
    Pause {
        #[command(flatten)]
        on: On,
    },
    /// Go on with a held rollout.
    Resume {
        #[command(flatten)]
        on: On,
    },
}

/// What the rollout is of.
#[derive(clap::Args, Debug)]
struct On {
    /// TYPE NAME or TYPE/NAME.
    words: Vec<String>,
    #[command(flatten)]
    sources: Sources,
    #[command(flatten)]
    selectors: Selectors,
}

impl On {
    async fn objects(&self, cx: &mut Context<'_>) -> Result<Vec<(Place, Value)>, Failure> {
        objects(cx, &self.words, &self.sources, &self.selectors, false).await
    }
}

impl Rollout {
    pub(crate) async fn run(self, cx: &mut Context<'_>) -> Result<(), Failure> {
        match &self.what {
            What::Status { on, watch, timeout } => {
                let limit = duration::parse(timeout).map_err(Failure::Usage)?.filter(|limit| !limit.is_zero());
                for (place, _) in on.objects(cx).await? {
                    let follow = follow(cx, place, *watch);
                    match limit {
                        None => follow.await?,
                        Some(limit) => tokio::time::timeout(limit, follow)
                            .await
                            .map_err(|_| Failure::usage("timed out waiting for the condition"))??,
                    }
                }
            }
            What::History { on } => {
                for (place, live) in on.objects(cx).await? {
                    history(cx, &place, &live).await?;
                }
            }
            What::Undo { on, to_revision } => {
                for (place, live) in on.objects(cx).await? {
                    undo(cx, &place, &live, *to_revision).await?;
                }
            }
            What::Restart { on } => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let now = Time::from_micros(i64::try_from(now.as_micros()).unwrap_or_default()).seconds();
                let annotations = json!({"kubectl.kubernetes.io/restartedAt": now});
                steer(cx, on, json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}), "restarted").await?;
            }
            What::Pause { on } => steer(cx, on, json!({"spec": {"paused": true}}), "paused").await?,
            What::Resume { on } => steer(cx, on, json!({"spec": {"paused": false}}), "resumed").await?,
        }
        Ok(())
    }
}

async fn steer(cx: &mut Context<'_>, on: &On, patch: Value, done: &str) -> Result<(), Failure> {
    for (place, _) in on.objects(cx).await? {
        cx.send(Method::PATCH, &place.path(), PatchType::Strategic.media_type(), Some(&patch)).await?;
        cx.say(format!("{} {done}", place.shown()))?;
    }
    Ok(())
}

async fn follow(cx: &mut Context<'_>, place: Place, watch: bool) -> Result<(), Failure> {
    let mut states = Watch::new(place.clone());
    let mut told = String::new();
    loop {
        let Some(object) = states.next(cx).await? else {
            return Err(Failure::usage("object has been deleted"));
        };
        let (text, is_done) = progress(&place, &object)?;
        if text != told {
            cx.say(&text)?;
            cx.out.flush()?;
            told = text;
        }
        if is_done || !watch {
            return Ok(());
        }
    }
}

/// What the rollout waits for, and whether it is done.
fn progress(place: &Place, object: &Value) -> Result<(String, bool), Failure> {
    let int = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    let name = &place.name;
    let kind = match place.resource.kind.as_str() {
        "Deployment" => "deployment",
        "DaemonSet" => "daemon set",
        "StatefulSet" => return Ok(stateful(object)),
        other => return Err(Failure::Usage(format!("no status viewer has been implemented for {other}"))),
    };
    if int("/metadata/generation") > int("/status/observedGeneration") {
        return Ok((format!("Waiting for {kind} spec update to be observed..."), false));
    }
    let waiting = |what: String| Ok((format!("Waiting for {kind} {name:?} rollout to finish: {what}..."), false));
    let done = Ok((format!("{kind} {name:?} successfully rolled out"), true));
    if kind == "daemon set" {
        let (desired, updated, available) =
            (int("/status/desiredNumberScheduled"), int("/status/updatedNumberScheduled"), int("/status/numberAvailable"));
        return match () {
            () if updated < desired => waiting(format!("{updated} out of {desired} new pods have been updated")),
            () if available < desired => waiting(format!("{available} of {desired} updated pods are available")),
            () => done,
        };
    }
    if has_reason(object, "ProgressDeadlineExceeded") {
        return Err(Failure::Usage(format!("deployment {name:?} exceeded its progress deadline")));
    }
    let (wanted, all, updated, available) =
        (int("/spec/replicas"), int("/status/replicas"), int("/status/updatedReplicas"), int("/status/availableReplicas"));
    match () {
        () if updated < wanted => waiting(format!("{updated} out of {wanted} new replicas have been updated")),
        () if all > updated => waiting(format!("{} old replicas are pending termination", all - updated)),
        () if available < updated => waiting(format!("{available} of {updated} updated replicas are available")),
        () => done,
    }
}

fn stateful(object: &Value) -> (String, bool) {
    let int = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (wanted, ready, updated) = (int("/spec/replicas"), int("/status/readyReplicas"), int("/status/updatedReplicas"));
    let partition = int("/spec/updateStrategy/rollingUpdate/partition");
    if int("/metadata/generation") > int("/status/observedGeneration") {
        return ("Waiting for statefulset spec update to be observed...".into(), false);
    }
    if ready < wanted {
        return (format!("Waiting for {} pods to be ready...", wanted - ready), false);
    }
    if partition > 0 && updated < wanted - partition {
        let text = format!(
            "Waiting for partitioned roll out to finish: {updated} out of {} new pods have been updated...",
            wanted - partition
        );
        return (text, false);
    }
    if partition > 0 {
        return (format!("partitioned roll out complete: {updated} new pods have been updated..."), true);
    }
    if text("/status/updateRevision") != text("/status/currentRevision") {
        let text = format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {}...",
            text("/status/updateRevision")
        );
        return (text, false);
    }
    (format!("statefulset rolling update complete {wanted} pods at revision {}...", text("/status/currentRevision")), true)
}

fn has_reason(object: &Value, reason: &str) -> bool {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    conditions.filter_map(|condition| condition.get("reason")?.as_str()).any(|found| found == reason)
}

/// The revisions of a deployment with their replica sets, oldest first.
async fn revisions(cx: &mut Context<'_>, place: &Place, live: &Value) -> Result<Vec<(i64, Value)>, Failure> {
    if place.resource.kind != "Deployment" {
        return Err(Failure::Usage(format!("no history viewer has been implemented for {:?}", place.resource.kind)));
    }
    let sets = by_name(&cx.client, "replicasets.apps").await?;
    let list = cx.get(&sets.path(&place.namespace, "")).await?;
    let uid = live.pointer("/metadata/uid");
    let is_owned = |set: &Value| {
        let owners = set.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
        owners.into_iter().any(|owner| owner.get("uid") == uid)
    };
    let revision = |set: &Value| set.pointer("/metadata/annotations")?.get(REVISION)?.as_str()?.parse().ok();
    let mut found: Vec<(i64, Value)> =
        items_of(&list).into_iter().filter(is_owned).filter_map(|set| Some((revision(&set)?, set))).collect();
    found.sort_by_key(|(revision, _)| *revision);
    Ok(found)
}

async fn history(cx: &mut Context<'_>, place: &Place, live: &Value) -> Result<(), Failure> {
    let mut rows = vec![vec!["REVISION".to_owned(), "CHANGE-CAUSE".to_owned()]];
    for (revision, set) in revisions(cx, place, live).await? {
        let cause = set.pointer("/metadata/annotations/kubernetes.io~1change-cause").and_then(Value::as_str);
        rows.push(vec![revision.to_string(), cause.unwrap_or("<none>").to_owned()]);
    }
    cx.say(format!("{} ", place.shown()))?;
    Columns::default().print(cx.out, &rows)?;
    cx.say("")
}

async fn undo(cx: &mut Context<'_>, place: &Place, live: &Value, to: i64) -> Result<(), Failure> {
    if live.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        return Err(Failure::Usage(format!(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume {}'",
            place.shown()
        )));
    }
    let all = revisions(cx, place, live).await?;
    let chosen = match to {
        0 => all.len().checked_sub(2).and_then(|at| all.get(at)),
        _ => all.iter().find(|(revision, _)| *revision == to),
    };
    let Some((revision, set)) = chosen else {
        return Err(Failure::Usage(match to {
            0 => format!("no rollout history found for deployment {:?}", place.name),
            _ => format!("unable to find specified revision {to} in history"),
        }));
    };
    let mut template = set.pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.shift_remove("pod-template-hash");
    }
    if live.pointer("/spec/template") == Some(&template) {
        return cx.say(format!("{} skipped rollback (current template already matches revision {revision})", place.shown()));
    }
    let body = json!([{"op": "replace", "path": "/spec/template", "value": template}]);
    cx.send(Method::PATCH, &place.path(), PatchType::Json.media_type(), Some(&body)).await?;
    cx.say(format!("{} rolled back", place.shown()))
}
