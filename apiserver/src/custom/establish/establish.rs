//! Follows the definitions and acts on each.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kontiki_api::Text;
use kontiki_api::custom::{CLEANUP, DEFINITIONS};
use kontiki_api::object::Object;
use kontiki_api::status::{Reason, Status};
use kontiki_store::{Range, Watch};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::conditions::conditions;
use super::finalize::finalize;
use super::names::Taken;
use super::write::patch;
use crate::server::Server;

/// A definition on which acting failed is tried again after this long.
const AGAIN: Duration = Duration::from_secs(1);

/// Establishes definitions and empties those that go, until `stop`. Every master runs it: what another
/// has written first is a conflict and changes nothing.
pub fn establish(server: &Arc<Server>, stop: CancellationToken) -> JoinHandle<()> {
    let step = Step { server: Arc::clone(server), ending: BTreeSet::new(), tasks: JoinSet::new() };
    tokio::spawn(async move {
        tokio::select! {
            () = step.run() => {}
            () = stop.cancelled() => {}
        }
    })
}

struct Step {
    server: Arc<Server>,
    /// The definitions that are being emptied.
    ending: BTreeSet<Text>,
    tasks: JoinSet<Done>,
}

/// What a task has been about, and whether it went well.
type Done = (Text, Result<(), Status>);

enum Next {
    Changed(Vec<Arc<Object>>),
    Done(Done),
    Again,
    Expired,
    Closed,
}

impl Step {
    async fn run(mut self) {
        loop {
            let range = Range::Resource(DEFINITIONS.into());
            let listing = self.server.config.store.list(&range);
            let Ok(mut changes) = self.server.config.store.watch(&range, listing.revision) else { continue };
            let mut due: BTreeSet<Text> = listing.objects.iter().map(|object| object.key.name.clone()).collect();
            loop {
                let failed = self.act(std::mem::take(&mut due)).await;
                match self.wait(&mut changes, !failed.is_empty()).await {
                    Next::Changed(objects) => due = self.concerned(&objects),
                    Next::Done((name, Ok(()))) => drop(self.ending.remove(&name)),
                    Next::Done((name, Err(status))) => {
                        debug!(%name, %status, "a definition could not be emptied; tried again");
                        self.ending.remove(&name);
                        due.insert(name);
                    }
                    Next::Again => {}
                    Next::Expired => break,
                    Next::Closed => return,
                }
                due.extend(failed);
            }
        }
    }

    async fn wait(&mut self, changes: &mut Watch, again: bool) -> Next {
        tokio::select! {
            batch = changes.next() => match batch {
                Some(Ok(batch)) => Next::Changed(batch.events.iter().map(|event| Arc::clone(&event.object)).collect()),
                Some(Err(_)) => Next::Expired,
                None => Next::Closed,
            },
            Some(done) = self.tasks.join_next() => match done {
                Ok(done) => Next::Done(done),
                Err(error) => {
                    warn!(%error, "emptying a definition ended badly");
                    Next::Again
                }
            },
            () = tokio::time::sleep(AGAIN), if again => Next::Again,
        }
    }

    /// A change may free names for others of the group.
    fn concerned(&self, changed: &[Arc<Object>]) -> BTreeSet<Text> {
        let group = |name: &str| name.split_once('.').map(|(_, group)| group.to_owned());
        let groups: BTreeSet<_> = changed.iter().filter_map(|object| group(&object.key.name)).collect();
        let all = self.server.config.store.list(&Range::Resource(DEFINITIONS.into())).objects;
        all.iter()
            .map(|object| &object.key.name)
            .filter(|name| group(name).is_some_and(|group| groups.contains(&group)))
            .cloned()
            .collect()
    }

    /// Acts on the definitions called `names`; answers those on which that failed.
    async fn act(&mut self, names: BTreeSet<Text>) -> Vec<Text> {
        let mut failed = Vec::new();
        for name in names {
            match self.one(&name).await {
                Ok(()) => {}
                Err(status) if matches!(status.reason, Reason::Conflict | Reason::NotFound) => {}
                Err(status) => {
                    warn!(%name, %status, "a definition could not be established; tried again");
                    failed.push(name);
                }
            }
        }
        failed
    }

    async fn one(&mut self, name: &Text) -> Result<(), Status> {
        let Some(crd) = self.server.definition(name) else { return Ok(()) };
        if crd.terminating {
            if crd.object.head.finalizers.iter().any(|finalizer| &**finalizer == CLEANUP) && self.ending.insert(name.clone()) {
                let (server, name) = (Arc::clone(&self.server), name.clone());
                self.tasks.spawn(async move { (name.clone(), finalize(&server, &name).await) });
            }
            return Ok(());
        }
        let definition = crd.object.to_value();
        let mut taken = Taken::built_in(self.server.kinds.builtin(), &crd.group);
        for other in self.others(&crd.object) {
            taken.add(&other["status"]["acceptedNames"]);
        }
        let verdict = taken.grant(&definition["spec"]["names"], &definition["status"]["acceptedNames"]);
        let conditions = conditions(&definition, &verdict, self.server.now());
        let status = &definition["status"];
        if status["acceptedNames"] == verdict.names && status["conditions"] == conditions {
            return Ok(());
        }
        patch(&self.server, &crd.object, "status", json!({"status": {"acceptedNames": verdict.names, "conditions": conditions}}))
            .await
    }

    /// The other definitions of the group of `definition`.
    fn others(&self, definition: &Object) -> Vec<Value> {
        let suffix = definition.key.name.split_once('.').map(|(_, group)| format!(".{group}")).unwrap_or_default();
        let all = self.server.config.store.list(&Range::Resource(DEFINITIONS.into())).objects;
        let others = all.iter().filter(|other| other.key != definition.key && other.key.name.ends_with(&suffix));
        others.map(|other| other.to_value()).filter(|other| other["spec"]["group"] == suffix.trim_start_matches('.')).collect()
    }
}
