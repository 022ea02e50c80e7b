//! What happens to a cluster in a test.

use std::time::Duration;

use kontiki_api::meta::Key;
use serde_json::Value;

/// One thing that users do, or that happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// An object is made or replaced as it is, status included.
    Put(Value),
    /// Objects are made or replaced in this order, before anybody looks.
    Together(Vec<Value>),
    /// A user merges this into an object.
    Merge(Key, Value),
    /// Somebody merges this into the status of an object.
    MergeStatus(Key, Value),
    /// An object is deleted, as a user does.
    Delete(Key),
    /// Time passes.
    Wait(Duration),
}

/// Steps, one after the other: between two of them everything comes to rest.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is about.
    pub name: &'static str,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// An empty one.
    pub fn new(name: &'static str) -> Self {
        Self { name, steps: Vec::new() }
    }

    /// Then these objects are put in place.
    #[must_use]
    pub fn put(mut self, objects: impl IntoIterator<Item = Value>) -> Self {
        self.steps.extend(objects.into_iter().map(Step::Put));
        self
    }

    /// Then these objects are put in place all at once: their reconciler may see them in any order.
    #[must_use]
    pub fn put_together(mut self, objects: impl IntoIterator<Item = Value>) -> Self {
        self.steps.push(Step::Together(objects.into_iter().collect()));
        self
    }

    /// Then `patch` is merged into an object.
    #[must_use]
    pub fn merge(mut self, key: Key, patch: Value) -> Self {
        self.steps.push(Step::Merge(key, patch));
        self
    }

    /// Then `status` is merged into an object's status.
    #[must_use]
    pub fn merge_status(mut self, key: Key, status: Value) -> Self {
        self.steps.push(Step::MergeStatus(key, status));
        self
    }

    /// Then an object is deleted.
    #[must_use]
    pub fn delete(mut self, key: Key) -> Self {
        self.steps.push(Step::Delete(key));
        self
    }

    /// Then time passes.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.steps.push(Step::Wait(time));
        self
    }
}
