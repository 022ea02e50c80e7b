//! What is gathered about one request, and the events made of it.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use http::Response;
use kontiki_api::Text;
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::Value;

use super::event::{Authentication, Ended, Head, Known, UserInfo};
use super::policy::Wanted;
use super::{Audit, Level, Stage};
use crate::authenticate::Impersonated;
use crate::http::Body;

/// Room for the line of an event without bodies, in bytes.
const LINE: usize = 1 << 10;

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
    known: Known,
    received: Option<Time>,
    long_running: bool,
    pub notes: Mutex<Notes>,
}

/// What the pipeline had to say about a request.
#[derive(Default)]
pub(super) struct Notes {
    pub annotations: BTreeMap<String, String>,
    /// Whom the user speaks for.
    pub impersonated: Option<Impersonated>,
    /// The name of the object, where the path does not say it.
    pub name: Text,
    /// The body of what is to be made, which may tell its name.
    pub made: Bytes,
    pub request: Value,
    pub response: Value,
    /// The Status that was answered in the place of an object.
    pub status: Option<Value>,
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
            known: head.known(),
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
        let (known, notes) = (Known::default(), Mutex::default());
        Self(Arc::new(Request { audit: None, wanted, known, received: None, long_running: false, notes }))
    }

    /// Writes down that it was refused before anything was known of it.
    pub async fn refuse(self, status: Status) -> Status {
        self.send(Stage::ResponseStarted, Some(&Ended::refused(&status))).await;
        status
    }

    /// Runs `work` so that its notes come here, between the first event and those of its answer. A panic becomes a 500.
    pub async fn follow(self, work: impl Future<Output = Result<Response<Body>, Status>>) -> Result<Response<Body>, Status> {
        self.send(Stage::RequestReceived, None).await;
        let done = AssertUnwindSafe(CURRENT.scope(self.clone(), work)).catch_unwind().await;
        let Ok(result) = done else {
            let why = "This request caused apiserver to panic. Look in the logs for details.";
            let status = Status::internal(why.to_owned());
            self.send(Stage::Panic, Some(&Ended::failed(&status))).await;
            return Err(status);
        };
        match result {
            Err(status) => {
                self.note_refusal(&status);
                // As upstream: what goes on for long has begun with its headers, also those of a refusal.
                if self.0.long_running {
                    self.send(Stage::ResponseStarted, Some(&Ended::refused(&status))).await;
                }
                self.send(Stage::ResponseComplete, Some(&Ended::refused(&status))).await;
                Err(status)
            }
            Ok(response) => Ok(self.answer(response).await),
        }
    }

    /// Runs `work` of a caller in this process.
    pub async fn follow_call<T>(self, work: impl Future<Output = Result<T, Status>>, code: fn(&T) -> u16) -> Result<T, Status> {
        self.send(Stage::RequestReceived, None).await;
        let result = CURRENT.scope(self.clone(), work).await;
        if let Err(status) = &result {
            self.note_refusal(status);
        }
        let answered = self.0.notes.lock().status.take();
        let status = match &result {
            Ok(answer) => Ended::answered(code(answer), answered.as_ref()),
            Err(status) => Ended::refused(status),
        };
        self.send(Stage::ResponseComplete, Some(&status)).await;
        result
    }

    fn note_refusal(&self, status: &Status) {
        if self.0.wanted.level >= Level::RequestResponse {
            self.0.notes.lock().response = status.to_value();
        }
    }

    async fn answer(self, response: Response<Body>) -> Response<Body> {
        let code = response.status().as_u16();
        if !self.0.long_running {
            let status = self.0.notes.lock().status.take();
            self.send(Stage::ResponseComplete, Some(&Ended::answered(code, status.as_ref()))).await;
            return response;
        }
        self.send(Stage::ResponseStarted, Some(&Ended::with(code))).await;
        let ending = Ending { trail: self, code };
        response.map(|body| body.holding(ending))
    }

    async fn send(&self, stage: Stage, status: Option<&Ended<'_>>) {
        if let (Some(audit), Some(line)) = (&self.0.audit, self.line(stage, status)) {
            audit.figures.made();
            audit.sink.send(line).await;
        }
    }

    fn offer(&self, stage: Stage, code: u16) {
        if let (Some(audit), Some(line)) = (&self.0.audit, self.line(stage, Some(&Ended::with(code)))) {
            audit.figures.made();
            audit.sink.offer(line);
        }
    }

    /// The event of `stage`; `None` where the policy leaves that stage out.
    fn line(&self, stage: Stage, status: Option<&Ended<'_>>) -> Option<Bytes> {
        let request = &*self.0;
        if request.wanted.omit_stages.contains(&stage) {
            return None;
        }
        let now = (request.audit.as_ref()?.clock)();
        let notes = request.notes.lock();
        let told = if notes.name.is_empty() && !notes.made.is_empty() { name_in(&notes.made) } else { String::new() };
        let name = if notes.name.is_empty() { &*told } else { &*notes.name };
        let level = request.wanted.level;
        let body = |from: Level, body| Some(body).filter(|body: &&Value| level >= from && !body.is_null());
        let mut event = request.known.event(level.as_str(), stage.as_str(), name);
        event.impersonated_user = notes.impersonated.as_ref().map(|other| UserInfo::of(&other.user));
        let constraint = notes.impersonated.as_ref().and_then(|other| other.constraint);
        event.authentication_metadata = constraint.map(|impersonation_constraint| Authentication { impersonation_constraint });
        event.response_status = status;
        event.request_object = body(Level::Request, &notes.request);
        event.response_object = body(Level::RequestResponse, &notes.response);
        event.request_received_timestamp = request.received.unwrap_or(now).micros();
        event.stage_timestamp = now.micros();
        event.annotations = Some(&notes.annotations).filter(|annotations| !annotations.is_empty());
        let mut line = Vec::with_capacity(LINE);
        serde_json::to_writer(&mut line, &event).ok()?;
        line.push(b'\n');
        Some(line.into())
    }
}

/// The name of the object in `json`; empty where it has none yet, or where that is no object in JSON.
pub(super) fn name_in(json: &[u8]) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Meta {
        name: String,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Named {
        metadata: Meta,
    }
    serde_json::from_slice(json).map(|named: Named| named.metadata.name).unwrap_or_default()
}
