//! What the rest of a process holds of a running engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use kontiki_api::meta::Revision;
use serde_json::Value;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::message::Message;
use super::notes::Figures;
use crate::observe::{Observation, Observed};
use crate::record::Sink;

/// Tells an engine what is so outside the API. Cheap to clone; never waits.
#[derive(Clone, Debug)]
pub struct Observer {
    inbox: Sender<Message>,
}

impl Observer {
    pub(super) fn new(inbox: Sender<Message>) -> Self {
        Self { inbox }
    }

    /// Tells one observation. Nothing happens where the engine has ended.
    pub fn observe<O: Observed>(&self, observation: Observation<O>) {
        // The engine has ended where nobody listens.
        let _ = self.inbox.send(Message::Observed(Box::new(observation)));
    }
}

/// A running engine. Cheap to clone; dropping it does not stop the engine, cancelling its token does.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    inbox: Sender<Message>,
    end: watch::Receiver<bool>,
    token: CancellationToken,
    figures: Arc<BTreeMap<&'static str, Arc<Figures>>>,
}

impl EngineHandle {
    pub(super) fn new(
        inbox: Sender<Message>,
        end: watch::Receiver<bool>,
        token: CancellationToken,
        figures: BTreeMap<&'static str, Arc<Figures>>,
    ) -> Self {
        Self { inbox, end, token, figures: Arc::new(figures) }
    }

    /// A sender of observations.
    pub fn observer(&self) -> Observer {
        Observer::new(self.inbox.clone())
    }

    /// Tells the engine to end, also one that shares its token with others.
    pub fn stop(&self) {
        self.token.cancel();
    }

    /// Returns when the engine's thread has ended.
    pub async fn join(&self) {
        // An error means that the thread is gone without having said so: ended as well.
        let _ = self.end.clone().wait_for(|ended| *ended).await;
    }

    /// What `/debug/reconcilers/<name>` shows: queue, last passes with their plans and outcomes. Secret
    /// values are not shown. `None` where there is no such reconciler.
    pub async fn debug(&self, name: &str) -> Option<Value> {
        self.ask(|answer| Message::Debug(name.to_owned(), answer)).await.flatten()
    }

    /// Returns when no key waits, runs or is held back and no effect is pending; timers do not count.
    /// Changes that are still on their way from the server are not known to it.
    pub async fn quiet(&self) {
        self.ask(Message::WhenQuiet).await;
    }

    /// Records into `sink` as well from now on (see [`crate::record`]); with `None` into none any more.
    pub fn record(&self, sink: Option<Sink>) {
        // The engine has ended where nobody listens.
        let _ = self.inbox.send(Message::Record(sink.map(Box::new)));
    }

    /// Lets an engine that stands by act, as `leader` (see [`super::EngineBuilder::leader`]), as soon as its World holds
    /// everything up to `from`: what earlier leaders wrote. Only the first call counts.
    pub fn lead(&self, leader: u64, from: Revision) {
        // The engine has ended where nobody listens.
        let _ = self.inbox.send(Message::Lead(leader, from));
    }

    /// Figures per reconciler, by name.
    pub fn figures(&self) -> &BTreeMap<&'static str, Arc<Figures>> {
        &self.figures
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.inbox.send(message(answer)).ok()?;
        answered.await.ok()
    }
}
