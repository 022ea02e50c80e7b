//! `v1 Event`.

use serde::Deserialize;

use super::View;

/// What is read of an Event: nothing beside its head, there are many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Event {}

impl View for Event {
    const RESOURCE: &'static str = "events";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Event";
}
