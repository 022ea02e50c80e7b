//! What is gathered about one request, and the events made of it.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use http::Response;
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::event::Head;
use super::policy::Wanted;
use super::{Audit, Level, Stage};
use crate::http::Body;

tokio::task_local! {
    /// The request that the current task works on.
    static CURRENT: Trail;
}

/// One request that is audited.
#[derive(Clone)]
pub(crate) struct Trail(Arc<Request>);

/// What is known of a request.
pub(super) struct Request {
    /// `None` where the notes are for another master, which writes the event.
    audit: Option<Arc<Audit>>,
    pub wanted: Wanted,
    fields: Map<String, Value>,
    received: Option<Time>,
    long_running: bool,
    pub notes: Mutex<Notes>,
}

/// What the pipeline had to say about a request.
#[derive(Default)]
pub(super) struct Notes {
    pub annotations: BTreeMap<String, String>,
    /// UserInfo of whom the user speaks for.
    pub impersonated: Value,
    /// The name of the object, where the path does not say it.
    pub name: String,
    pub request: Value,
    pub response: Value,
}

/// The end of an answer that goes on for long: told when this is dropped.
struct Ending {
    trail: Trail,
    code: u16,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.trail.offer(Stage::ResponseComplete, self.code);
    }
}

/// What the current request has noted; `None` where nothing is audited.
pub(super) fn current<T>(look: impl FnOnce(&Request) -> T) -> Option<T> {
    CURRENT.try_with(|trail| look(&trail.0)).ok()
}

impl Trail {
    /// A request that has just arrived; `None` where nothing of it is to be written down.
    pub fn begin(audit: &Arc<Audit>, head: &Head<'_>) -> Option<Self> {
        let wanted = audit.wanted(&head.asked())?;
        Some(Self(Arc::new(Request {
            fields: head.fields(wanted.level.as_str()),
            wanted,
            received: Some((audit.clock)()),
            long_running: head.is_long_running(),
            audit: Some(Arc::clone(audit)),
            notes: Mutex::default(),
        })))
    }

    /// A request that another master has passed on and writes down: notes are gathered for it.
    pub fn for_another() -> Self {
        let wanted = Wanted { level: Level::Request, ..Wanted::default() };
        let (fields, notes) = (Map::new(), Mutex::default());
        Self(Arc::new(Request { audit: None, wanted, fields, received: None, long_running: false, notes }))
    }

    /// Writes down that it was refused before anything was known of it.
    pub async fn refuse(self, status: Status) -> Status {
        self.send(Stage::ResponseStarted, Some(&ended(status.code(), Some(&status)))).await;
        status
    }

    /// Runs `work` so that its notes come here, between the first event and those of its answer. A panic becomes a 500.
    pub async fn follow(self, work: impl Future<Output = Result<Response<Body>, Status>>) -> Result<Response<Body>, Status> {
        self.send(Stage::RequestReceived, None).await;
        let done = AssertUnwindSafe(CURRENT.scope(self.clone(), work)).catch_unwind().await;
        let Ok(result) = done else {
            let why = "This request caused apiserver to panic. Look in the logs for details.";
            let status = Status::internal(why.to_owned());
            self.send(Stage::Panic, Some(&ended(500, Some(&status)))).await;
            return Err(status);
        };
        match result {
            Err(status) => {
                self.send(Stage::ResponseComplete, Some(&ended(status.code(), Some(&status)))).await;
                Err(status)
            }
            Ok(response) => Ok(self.answer(response).await),
        }
    }

    /// Runs `work` of a caller in this process.
    pub async fn follow_call<T>(self, work: impl Future<Output = Result<T, Status>>, code: fn(&T) -> u16) -> Result<T, Status> {
        self.send(Stage::RequestReceived, None).await;
        let result = CURRENT.scope(self.clone(), work).await;
        let status = match &result {
            Ok(answer) => ended(code(answer), None),
            Err(status) => ended(status.code(), Some(status)),
        };
        self.send(Stage::ResponseComplete, Some(&status)).await;
        result
    }

    async fn answer(self, response: Response<Body>) -> Response<Body> {
        let code = response.status().as_u16();
        if !self.0.long_running {
            self.send(Stage::ResponseComplete, Some(&ended(code, None))).await;
            return response;
        }
        self.send(Stage::ResponseStarted, Some(&ended(code, None))).await;
        let ending = Ending { trail: self, code };
        response.map(|body| body.holding(ending))
    }

    async fn send(&self, stage: Stage, status: Option<&Value>) {
        if let (Some(audit), Some(line)) = (&self.0.audit, self.line(stage, status)) {
            audit.figures.made();
            audit.sink.send(line).await;
        }
    }

    fn offer(&self, stage: Stage, code: u16) {
        if let (Some(audit), Some(line)) = (&self.0.audit, self.line(stage, Some(&ended(code, None)))) {
            audit.figures.made();
            audit.sink.offer(line);
        }
    }

    /// The event of `stage`; `None` where the policy leaves that stage out.
    fn line(&self, stage: Stage, status: Option<&Value>) -> Option<Bytes> {
        let request = &*self.0;
        if request.wanted.omit_stages.contains(&stage) {
            return None;
        }
        let clock = &request.audit.as_ref()?.clock;
        let mut event = request.fields.clone();
        event.insert("stage".into(), stage.as_str().into());
        let notes = request.notes.lock();
        if !notes.impersonated.is_null() {
            event.insert("impersonatedUser".into(), notes.impersonated.clone());
        }
        if let Some(reference) = event.get_mut("objectRef").filter(|reference| reference.get("name").is_none())
            && !notes.name.is_empty()
        {
            reference["name"] = notes.name.as_str().into();
        }
        if let Some(status) = status {
            event.insert("responseStatus".into(), status.clone());
        }
        let level = request.wanted.level;
        let bodies =
            [("requestObject", Level::Request, &notes.request), ("responseObject", Level::RequestResponse, &notes.response)];
        for (name, _, body) in bodies.into_iter().filter(|(_, from, body)| level >= *from && !body.is_null()) {
            event.insert(name.into(), body.clone());
        }
        let now = clock();
        event.insert("requestReceivedTimestamp".into(), request.received.unwrap_or(now).micros().into());
        event.insert("stageTimestamp".into(), now.micros().into());
        if !notes.annotations.is_empty() {
            event.insert("annotations".into(), json!(notes.annotations));
        }
        drop(notes);
        let mut line = serde_json::to_vec(&event).ok()?;
        line.push(b'\n');
        Some(line.into())
    }
}

/// `responseStatus`.
fn ended(code: u16, status: Option<&Status>) -> Value {
    match status {
        None => json!({"metadata": {}, "code": code}),
        Some(status) => {
            let told = status.to_value();
            json!({
                "metadata": {}, "status": "Failure", "message": status.message, "reason": told.get("reason"), "code": code,
            })
        }
    }
}
