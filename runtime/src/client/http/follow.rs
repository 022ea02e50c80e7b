//! List and watch of one selection, for ever.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use http::{HeaderMap, Method};
use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::{Cause, Request, Target, User, Verb};
use kontiki_api::status::{Reason, Status};
use kontiki_api::time::Time;
use serde::Deserialize;
use serde_json::Value;

use super::HttpClient;
use super::http_client::{accepted, read_body};
use super::lines::Lines;
use crate::client::{Changed, Feed, Selection};
use crate::clock::{Clock, SystemClock};
use kontiki_api::url::path_and_query;

/// Objects per page of a list.
const PAGE: &str = "500";
/// The server ends a watch after this long; a watch that says nothing for longer is broken.
const WATCH_SECONDS: u64 = 300;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Everything of `selection`, now and from now on; does not end.
pub(super) fn follow(client: HttpClient, selection: Selection) -> BoxStream<'static, Feed> {
    let row = Kinds::builtin().find(selection.resource.as_str()).cloned();
    let pointers = row.map(|row| row.field_pointers()).unwrap_or_default();
    let follower = Follower { client, selection, pointers, kind: "".into(), position: Position::Unlisted, pause: FIRST_PAUSE };
    futures::stream::unfold(follower, |mut follower| async { Some((follower.next().await, follower)) }).boxed()
}

/// One line of a watch.
#[derive(Deserialize)]
struct Line {
    r#type: String,
    object: Value,
}

/// One page of a list.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    kind: String,
    metadata: PageMeta,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMeta {
    #[serde(default)]
    resource_version: String,
    #[serde(default)]
    r#continue: String,
}

enum Position {
    Unlisted,
    At(Revision),
    Watching(Revision, Lines),
}

struct Follower {
    client: HttpClient,
    selection: Selection,
    pointers: Vec<Text>,
    kind: String,
    position: Position,
    pause: Duration,
}

impl Follower {
    async fn next(&mut self) -> Feed {
        loop {
            let step = match std::mem::replace(&mut self.position, Position::Unlisted) {
                Position::Unlisted => self.list().await.map(Some),
                Position::At(revision) => self.watch(revision).await.map(|()| None),
                Position::Watching(revision, lines) => Ok(self.read(revision, lines).await),
            };
            match step {
                Ok(Some(feed)) => return feed,
                Ok(None) => {}
                Err(status) => self.rest(&status).await,
            }
        }
    }

    /// A failed step is tried again after a pause; the position says from where.
    async fn rest(&mut self, status: &Status) {
        tracing::debug!(resource = %self.selection.resource, %status, "list or watch failed, tried again");
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    async fn list(&mut self) -> Result<Feed, Status> {
        let (mut objects, mut token) = (Vec::new(), String::new());
        loop {
            let mut query = vec![("limit", PAGE.to_owned())];
            if !token.is_empty() {
                query.push(("continue", token));
            }
            let body = read_body(self.get(Verb::List, query).await?.into_body()).await?;
            let page: Page =
                serde_json::from_slice(&body).map_err(|error| Status::internal(format!("a list does not read: {error}")))?;
            page.kind.trim_end_matches("List").clone_into(&mut self.kind);
            objects.extend(page.items.into_iter().flatten().filter_map(|item| self.object(item)));
            token = page.metadata.r#continue;
            if token.is_empty() {
                let revision = Revision::parse(&page.metadata.resource_version).unwrap_or_default();
                (self.position, self.pause) = (Position::At(revision), FIRST_PAUSE);
                return Ok(Feed::Snapshot { resources: Some(vec![self.selection.resource.clone()]), revision, objects });
            }
        }
    }

    async fn watch(&mut self, revision: Revision) -> Result<(), Status> {
        let query = vec![
            ("allowWatchBookmarks", "true".to_owned()),
            ("resourceVersion", revision.to_string()),
            ("timeoutSeconds", WATCH_SECONDS.to_string()),
        ];
        match self.get(Verb::Watch, query).await {
            Ok(answer) => {
                self.position = Position::Watching(revision, Lines::new(answer.into_body()));
                Ok(())
            }
            // Too old: listed again at once.
            Err(status) if matches!(status.reason, Reason::Expired | Reason::Gone) => Ok(()),
            Err(status) => {
                self.position = Position::At(revision);
                Err(status)
            }
        }
    }

    /// The next event of a watch; `None` where it has ended.
    async fn read(&mut self, revision: Revision, mut lines: Lines) -> Option<Feed> {
        let silence = Duration::from_secs(WATCH_SECONDS + 30);
        let Ok(Some(line)) = tokio::time::timeout(silence, lines.next()).await else {
            tokio::time::sleep(FIRST_PAUSE).await;
            self.position = Position::At(revision);
            return None;
        };
        let Ok(line) = serde_json::from_slice::<Line>(&line) else {
            tracing::warn!(resource = %self.selection.resource, "a watch event does not read; listed again");
            return None;
        };
        if line.r#type == "ERROR" {
            let status = Status::from_value(&line.object);
            tracing::debug!(resource = %self.selection.resource, ?status, "the watch ended; listed again");
            tokio::time::sleep(FIRST_PAUSE).await;
            return None;
        }
        let at = line.object.pointer("/metadata/resourceVersion").and_then(Value::as_str).and_then(Revision::parse);
        let at = at.unwrap_or(revision).max(revision);
        (self.position, self.pause) = (Position::Watching(at, lines), FIRST_PAUSE);
        if line.r#type == "BOOKMARK" {
            return Some(Feed::Progress { resources: Some(vec![self.selection.resource.clone()]), revision: at });
        }
        let (object, deleted) = (self.object(line.object)?, line.r#type == "DELETED");
        Some(Feed::Changes { revision: at, time: now(), changes: vec![Changed { object, deleted }] })
    }

    async fn get(&self, verb: Verb, query: Vec<(&str, String)>) -> Result<http::Response<hyper::body::Incoming>, Status> {
        let resource = &self.selection.resource;
        let version = self.selection.api_version.rsplit('/').next().unwrap_or_default();
        let target = Target {
            group: resource.group().into(),
            version: version.into(),
            plural: resource.plural().into(),
            ..Target::default()
        };
        let mut query: Vec<_> = query.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if !self.selection.fields.is_empty() {
            query.push(("fieldSelector".into(), self.selection.fields.clone()));
        }
        let request = Request {
            verb,
            target,
            query,
            content_type: "".into(),
            body: Bytes::new(),
            user: User::default(),
            cause: Cause::Request,
            id: None,
            leader: None,
            agent: "".into(),
        };
        accepted(self.client.send(Method::GET, &path_and_query(&request), HeaderMap::new(), Bytes::new()).await?).await
    }

    /// List items lack type meta; it is filled in.
    fn object(&self, mut item: Value) -> Option<Arc<Object>> {
        let map = item.as_object_mut()?;
        map.entry("apiVersion").or_insert_with(|| self.selection.api_version.as_str().into());
        map.entry("kind").or_insert_with(|| self.kind.as_str().into());
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let revision = Revision::parse(text("/metadata/resourceVersion"))?;
        let key = Key::new(self.selection.resource.clone(), text("/metadata/namespace"), text("/metadata/name"));
        Some(Draft::new(key, item, &self.pointers).at(revision))
    }
}

fn now() -> Time {
    SystemClock::default().now()
}
