//! Docker's event stream, relisted after every reconnect.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::models::{EventMessage, EventMessageTypeEnum};
use bollard::query_parameters::{EventsOptions, ListContainersOptions, ListImagesOptions};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;

use super::connection::Connection;
use super::convert;
use crate::runtime::{ContainerInfo, ImageInfo, RuntimeError, RuntimeEvent};

/// Wait before the next try to connect: Docker tells nobody when it starts.
const RECONNECT: Duration = Duration::from_millis(500);
/// Events wait here while their consumer is busy; Docker waits when it is full.
const QUEUE: usize = 256;

/// Everything behind `connection` that carries all of `labels`. Ends when its consumer does.
pub fn stream(connection: Connection, labels: BTreeMap<String, String>) -> BoxStream<'static, RuntimeEvent> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        let source = Source { connection, labels, sender };
        while !source.sender.is_closed() {
            source.follow().await;
            tokio::time::sleep(RECONNECT).await;
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|event| (event, receiver)) }).boxed()
}

struct Source {
    connection: Connection,
    labels: BTreeMap<String, String>,
    sender: mpsc::Sender<RuntimeEvent>,
}

impl Source {
    /// One connection, to its end. The stream is opened before the list is read: nothing falls between.
    async fn follow(&self) {
        let ended = match self.connect().await {
            Ok(ended) => ended,
            Err(error) => error.to_string(),
        };
        self.send(RuntimeEvent::Down(ended)).await;
    }

    async fn connect(&self) -> Result<String, RuntimeError> {
        let client = self.connection.client()?;
        let client = client.negotiate_version().await.map_err(|error| self.connection.explain(error))?;
        let mut events = Box::pin(open(&client));
        let up = self.list(&client).await?;
        self.send(up).await;
        Ok(self.forward(&mut events).await)
    }

    async fn list(&self, client: &bollard::Docker) -> Result<RuntimeEvent, RuntimeError> {
        let labels = self.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let filters = HashMap::from([("label".to_owned(), labels)]);
        let options = ListContainersOptions { all: true, filters: Some(filters), ..ListContainersOptions::default() };
        let summaries = client.list_containers(Some(options)).await.map_err(|error| self.connection.explain(error))?;
        let mut containers = Vec::with_capacity(summaries.len());
        for id in summaries.into_iter().filter_map(|summary| summary.id) {
            containers.extend(self.inspect(&id).await);
        }
        Ok(RuntimeEvent::Up(containers, self.images().await))
    }

    async fn images(&self) -> Vec<ImageInfo> {
        let options = ListImagesOptions { digests: true, ..ListImagesOptions::default() };
        let Ok(client) = self.connection.client() else { return Vec::new() };
        let summaries = client.list_images(Some(options)).await.unwrap_or_default();
        summaries.into_iter().map(convert::image).collect()
    }

    async fn inspect(&self, id: &str) -> Option<ContainerInfo> {
        self.connection.client().ok()?.inspect_container(id, None).await.ok().map(convert::container)
    }

    async fn forward(&self, events: &mut (impl Stream<Item = Result<EventMessage, bollard::errors::Error>> + Unpin)) -> String {
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = self.sender.closed() => return "nobody listens".into(),
            };
            match event {
                Some(Ok(event)) => self.translate(event).await,
                Some(Err(error)) => return self.connection.explain(error).to_string(),
                None => return format!("Docker closed its event stream on {}", self.connection.socket().display()),
            }
        }
    }

    async fn translate(&self, event: EventMessage) {
        let actor = event.actor.unwrap_or_default();
        let Some(id) = actor.id else { return };
        if event.typ == Some(EventMessageTypeEnum::IMAGE) {
            return self.send(RuntimeEvent::Images(self.images().await)).await;
        }
        let found = actor.attributes.unwrap_or_default();
        let ours = self.labels.iter().all(|(name, value)| found.get(name) == Some(value));
        match event.action.as_deref() {
            _ if !ours => {}
            Some("destroy") => self.send(RuntimeEvent::Gone(id)).await,
            Some("create" | "start" | "die" | "oom" | "pause" | "unpause") => {
                if let Some(info) = self.inspect(&id).await {
                    self.send(RuntimeEvent::Changed(Box::new(info))).await;
                }
            }
            _ => {}
        }
    }

    async fn send(&self, event: RuntimeEvent) {
        // A closed channel ends the loop in `stream`.
        let _ = self.sender.send(event).await;
    }
}

fn open(client: &bollard::Docker) -> impl Stream<Item = Result<EventMessage, bollard::errors::Error>> + use<> {
    let kinds = vec!["container".to_owned(), "image".to_owned()];
    // From one second back: the request reaches Docker only when the stream is first polled.
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs().saturating_sub(1);
    client.events(Some(EventsOptions {
        since: Some(since.to_string()),
        filters: Some(HashMap::from([("type".to_owned(), kinds)])),
        ..EventsOptions::default()
    }))
}
