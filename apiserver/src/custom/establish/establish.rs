//! Follows the definitions and acts on each.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use kontiki_api::Text;
use kontiki_api::custom::{CLEANUP, DEFINITIONS};
use kontiki_api::object::Object;
use kontiki_api::status::{Reason, Status};
use kontiki_store::{Batch, Range, Watch};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::conditions::conditions;
use super::finalize::finalize;
use super::granted::{Granted, group_of};
use super::names::Taken;
use super::write::patch;
use crate::server::Server;

/// A definition on which acting failed is tried again after this long.
const AGAIN: Duration = Duration::from_secs(1);

/// Establishes definitions and empties those that go, until `stop`. Every master runs it: what another
/// has written first is a conflict and changes nothing.
pub fn establish(server: &Arc<Server>, stop: CancellationToken) -> JoinHandle<()> {
    let step = Step {
        server: Arc::clone(server),
        ending: BTreeSet::new(),
        tasks: JoinSet::new(),
        failed: BTreeSet::new(),
        granted: Granted::default(),
    };
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
    /// The definitions on which acting failed.
    failed: BTreeSet<Text>,
    granted: Granted,
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

/// What `first` changed, and all that is known to have changed since.
fn changed(first: &Batch, changes: &mut Watch) -> Next {
    let objects = |batch: &Batch| batch.events.iter().map(|event| Arc::clone(&event.object)).collect::<Vec<_>>();
    let mut all = objects(first);
    while let Some(Some(next)) = changes.next().now_or_never() {
        match next {
            Ok(batch) => all.extend(objects(&batch)),
            Err(_) => return Next::Expired,
        }
    }
    Next::Changed(all)
}

impl Step {
    async fn run(mut self) {
        loop {
            let range = Range::Resource(DEFINITIONS.into());
            let listing = self.server.config.store.list(&range);
            let Ok(mut changes) = self.server.config.store.watch(&range, listing.revision) else { continue };
            let mut due: BTreeSet<Text> = listing.objects.iter().map(|object| object.key.name.clone()).collect();
            loop {
                self.act(std::mem::take(&mut due)).await;
                match self.wait(&mut changes).await {
                    Next::Changed(objects) => due = self.concerned(&objects),
                    Next::Done((name, outcome)) => {
                        self.ending.remove(&name);
                        self.note(name, outcome);
                    }
                    Next::Again => due = std::mem::take(&mut self.failed),
                    Next::Expired => break,
                    Next::Closed => return,
                }
            }
        }
    }

    async fn wait(&mut self, changes: &mut Watch) -> Next {
        let again = !self.failed.is_empty();
        tokio::select! {
            batch = changes.next() => match batch {
                Some(Ok(batch)) => changed(&batch, changes),
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

    /// What changed, and those of its groups that wait for names: a change may free them.
    fn concerned(&mut self, changed: &[Arc<Object>]) -> BTreeSet<Text> {
        self.granted.follow(&self.server.config.store.list(&Range::Resource(DEFINITIONS.into())).objects);
        let groups: BTreeSet<&str> = changed.iter().map(|object| group_of(&object.key.name)).collect();
        let waiting = groups.into_iter().flat_map(|group| self.granted.of_group(group)).filter(|(_, grant)| grant.waits);
        waiting.map(|(name, _)| name.clone()).chain(changed.iter().map(|object| object.key.name.clone())).collect()
    }

    /// Acts on the definitions called `names`.
    async fn act(&mut self, names: BTreeSet<Text>) {
        for name in names {
            let outcome = self.one(&name).await;
            self.note(name, outcome);
        }
    }

    /// What failed is tried again; a conflict means that there is a newer state to act on.
    fn note(&mut self, name: Text, outcome: Result<(), Status>) {
        match outcome {
            Ok(()) => {}
            Err(status) if status.reason == Reason::NotFound => {}
            Err(status) => {
                if status.reason != Reason::Conflict {
                    warn!(%name, %status, "a definition could not be established or emptied; tried again");
                }
                self.failed.insert(name);
            }
        }
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
        // Names that were granted a moment ago, by another pass or master, count already.
        self.granted.follow(&self.server.config.store.list(&Range::Resource(DEFINITIONS.into())).objects);
        for (_, other) in self.granted.of_group(&crd.group).filter(|(other, _)| *other != name) {
            taken.add(&other.names);
        }
        let verdict = taken.grant(&definition["spec"]["names"], &definition["status"]["acceptedNames"]);
        let conditions = conditions(&definition, &verdict, self.server.now());
        let status = &definition["status"];
        if status["acceptedNames"] == verdict.names && status["conditions"] == conditions {
            return Ok(());
        }
        let mut names = verdict.names;
        for list in ["shortNames", "categories"] {
            // A merge patch leaves what it does not name.
            if names.get(list).is_none() {
                names[list] = Value::Null;
            }
        }
        patch(&self.server, &crd.object, "status", json!({"status": {"acceptedNames": names, "conditions": conditions}})).await
    }
}
