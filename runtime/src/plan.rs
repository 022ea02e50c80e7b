//! What a pass wants done.

use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::meta::{Key, NsName, Revision};
use kontiki_api::request::PatchType;
use kontiki_api::status::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effect::Never;

/// One write to the API. Each is its own commit unless the plan is atomic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Intent {
    /// Make an object. Its name is given, or a function of (owner uid, pass seed): see `Seed::name`.
    Create {
        /// `apiVersion`, `kind`, `metadata.name` and, where namespaced, `metadata.namespace` are set.
        object: Value,
    },
    /// Change an object, or a subresource of it.
    Patch {
        /// The object.
        on: Precondition,
        /// `status`, `scale`, …; empty for the object itself.
        subresource: Text,
        /// The form of `body`.
        r#type: PatchType,
        /// The patch.
        body: Value,
    },
    /// Replace an object or a subresource of it (`finalize`, `status`); the body's revision is set from `on`.
    Replace {
        /// The object.
        on: Precondition,
        /// Empty for the object itself.
        subresource: Text,
        /// The new object.
        body: Value,
    },
    /// Delete an object.
    Delete {
        /// The object.
        on: Precondition,
        /// Grace in seconds; `None` for the object's own.
        grace_seconds: Option<u32>,
        /// What becomes of dependents.
        propagation: Propagation,
    },
    /// POST to a subresource: `binding`, `eviction`.
    Post {
        /// The object.
        on: Precondition,
        /// `binding`, `eviction`.
        subresource: Text,
        /// The body, with `apiVersion` and `kind`.
        body: Value,
    },
    /// Fill a Secret of type `kubernetes.io/service-account-token`; the executor asks the signer,
    /// so that no key and no token ever enters World, plans or recordings.
    IssueToken {
        /// The Secret to fill.
        on: Precondition,
        /// The service account it speaks for.
        service_account: NsName,
    },
    /// Tell users: an event, aggregated and rate-limited per (reconciler, object). Told once the write before it in
    /// the plan is committed, and not at all where that is refused; at once where no write is before it.
    Event(EventIntent),
}

/// The object a write is meant for, as the pass saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precondition {
    /// The object's key.
    pub key: Key,
    /// `apiVersion` the write is made at.
    pub api_version: Text,
    /// Its uid as read: a later object of the same name is not touched.
    pub uid: Text,
    /// Its revision as read; a conflict requeues the key. `None` only where the write is right for any revision.
    pub revision: Option<Revision>,
}

/// `propagationPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    /// Dependents are deleted after the object.
    Background,
    /// Dependents are deleted before the object.
    Foreground,
    /// Dependents stay.
    Orphan,
}

/// An event to be told about an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventIntent {
    /// The object it is about.
    pub about: Key,
    /// `apiVersion` of that object.
    pub api_version: Text,
    /// Its kind.
    pub kind: Text,
    /// Its uid.
    pub uid: Text,
    /// Part of the object (`spec.containers{web}`); empty for the whole.
    pub field_path: Text,
    /// `Normal` (false) or `Warning` (true).
    pub warning: bool,
    /// Short reason in CamelCase.
    pub reason: Text,
    /// For people.
    pub message: String,
}

/// When to look again without being woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    /// Only when a trigger wakes the key.
    #[default]
    Done,
    /// After this time as well.
    After(Duration),
}

/// What one pass wants done: writes, effects, and when to look again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(serialize = "E: Serialize", deserialize = "E: serde::de::DeserializeOwned"))]
pub struct Plan<E = Never> {
    /// Writes, in order.
    pub intents: Vec<Intent>,
    /// Effects wanted to exist.
    pub effects: Vec<E>,
    /// Whether all intents are one commit (at most 512 changes, 8 MiB).
    pub atomic: bool,
    /// When to look again.
    pub next: Next,
}

impl<E> Default for Plan<E> {
    fn default() -> Self {
        Self { intents: Vec::new(), effects: Vec::new(), atomic: false, next: Next::Done }
    }
}

impl<E> Plan<E> {
    /// Nothing to do.
    pub fn done() -> Self {
        Self::default()
    }

    /// These writes, nothing else.
    pub fn of(intents: Vec<Intent>) -> Self {
        Self { intents, ..Self::default() }
    }

    /// Looks again after `duration` (the shorter, where it is set already).
    #[must_use]
    pub fn after(mut self, duration: Duration) -> Self {
        self.next = match self.next {
            Next::After(other) if other <= duration => Next::After(other),
            _ => Next::After(duration),
        };
        self
    }

    /// Adds a write.
    pub fn push(&mut self, intent: Intent) {
        self.intents.push(intent);
    }
}

/// Why a pass has no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Stuck {
    /// Tried again with back-off.
    #[error("for now: {0}")]
    Transient(String),
    /// Tried again only when a trigger wakes the key.
    #[error("for good: {0}")]
    Terminal(String),
}

/// What became of one intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntentOutcome {
    /// Done, visible from this revision on.
    Committed(Revision),
    /// The server refused it.
    Refused(Status),
    /// Not tried: an earlier one of the plan was refused.
    Skipped,
    /// Not known; retried under its name before the key is released.
    Unknown,
}

/// What became of a key's last plan: an input of its next pass. Lost by fail-over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Per intent of the plan (events excluded), in order.
    pub intents: Vec<IntentOutcome>,
    /// How many passes in a row ended with a refusal or `Stuck`.
    pub attempts: u32,
}
