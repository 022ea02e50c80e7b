//! Writes events, beside everything else.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use kontiki_api::Text;
use kontiki_api::request::{Cause, PatchType, Request, Target, Verb};
use kontiki_api::status::Reason;
use kontiki_api::time::Time;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Identity;
use super::event_book::{Entry, EventBook};
use crate::client::Client;
use crate::clock::Clock;
use crate::plan::EventIntent;

/// Events that may wait to be written; more are dropped.
const WAITING: usize = 4096;
/// Writes of events at once.
const WIDTH: usize = 8;

/// One event to write.
struct Telling {
    identity: Arc<Identity>,
    event: EventIntent,
    entry: Entry,
    now: Time,
}

/// A queue of events before a task that writes them.
#[derive(Clone)]
pub(super) struct Events {
    queue: mpsc::Sender<Telling>,
    book: Arc<Mutex<EventBook>>,
    clock: Arc<dyn Clock>,
}

impl Events {
    pub(super) fn start(
        client: Arc<dyn Client>,
        clock: Arc<dyn Clock>,
        runtime: &tokio::runtime::Handle,
        token: CancellationToken,
    ) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let tellings = futures::stream::unfold(waiting, |mut waiting| async { Some((waiting.recv().await?, waiting)) });
        let write = tellings.for_each_concurrent(WIDTH, move |telling| {
            let client = Arc::clone(&client);
            async move { write(&*client, telling).await }
        });
        runtime.spawn(async move {
            tokio::select! { () = write => {}, () = token.cancelled() => {} }
        });
        Self { queue, book: Arc::default(), clock }
    }

    pub(super) fn tell(&self, identity: &Arc<Identity>, event: EventIntent) {
        let now = self.clock.now();
        let entry = self.book.lock().enter(&identity.component, &event, now);
        if entry == Entry::Drop {
            return;
        }
        let telling = Telling { identity: Arc::clone(identity), event, entry, now };
        if self.queue.try_send(telling).is_err() {
            tracing::debug!("too many events wait to be written; one dropped");
        }
    }
}

async fn write(client: &dyn Client, telling: Telling) {
    let result = match &telling.entry {
        Entry::Create(name) => client.call(telling.create(name, 1, telling.now)).await,
        Entry::Again(name, count, first) => match client.call(telling.count(name, *count)).await {
            Err(status) if status.reason == Reason::NotFound => client.call(telling.create(name, *count, *first)).await,
            answer => answer,
        },
        Entry::Drop => return,
    };
    if let Err(status) = result {
        tracing::debug!(about = %telling.event.about, reason = %telling.event.reason, %status, "event not written");
    }
}

impl Telling {
    fn namespace(&self) -> Text {
        let namespace = &self.event.about.namespace;
        if namespace.is_empty() { "default".into() } else { namespace.clone() }
    }

    fn create(&self, name: &Text, count: u32, first: Time) -> Request {
        let event = &self.event;
        let mut involved = json!({
            "apiVersion": event.api_version, "kind": event.kind, "name": event.about.name, "namespace": event.about.namespace,
            "uid": event.uid, "fieldPath": event.field_path,
        });
        if let Some(involved) = involved.as_object_mut() {
            involved.retain(|_, value| value.as_str() != Some(""));
        }
        let mut source = json!({"component": self.identity.component});
        if !self.identity.host.is_empty() {
            source["host"] = json!(self.identity.host);
        }
        let body = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": name, "namespace": self.namespace()},
            "involvedObject": involved, "reason": event.reason, "message": event.message, "source": source,
            "firstTimestamp": first.seconds(), "lastTimestamp": self.now.seconds(), "count": count,
            "type": if event.warning { "Warning" } else { "Normal" },
            "reportingComponent": self.identity.component, "reportingInstance": self.identity.host,
        });
        self.request(Verb::Create, "", "application/json", &body)
    }

    fn count(&self, name: &Text, count: u32) -> Request {
        let body = json!({"count": count, "lastTimestamp": self.now.seconds()});
        self.request(Verb::Patch, name, PatchType::Merge.media_type(), &body)
    }

    fn request(&self, verb: Verb, name: &str, content_type: &str, body: &Value) -> Request {
        let target = Target {
            version: "v1".into(),
            plural: "events".into(),
            namespace: self.namespace(),
            name: name.into(),
            ..Target::default()
        };
        Request {
            verb,
            target,
            query: Vec::new(),
            content_type: content_type.into(),
            body: Bytes::from(body.to_string()),
            user: self.identity.user.clone(),
            cause: Cause::System,
            id: None,
            leader: None,
            agent: self.identity.agent.clone(),
        }
    }
}
