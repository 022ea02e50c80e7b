//! Follows one object.

use serde_json::Value;

use crate::context::{Context, JSON, Place};
use crate::failure::Failure;
use crate::resolve::with_query;
use crate::transport::Lines;

/// The states of one object from now on.
pub(super) struct Watch {
    place: Place,
    events: Option<Lines>,
}

impl Watch {
    /// Follows the object at `place`.
    pub(super) const fn new(place: Place) -> Self {
        Self { place, events: None }
    }

    /// The next state: `None` where the object is not there. Waits for a change, but for the first state.
    pub(super) async fn next(&mut self, cx: &mut Context<'_>) -> Result<Option<Value>, Failure> {
        loop {
            let Some(events) = &mut self.events else { return self.begin(cx).await };
            let Some(event) = events.value().await? else {
                self.events = None;
                continue;
            };
            match event.get("type").and_then(Value::as_str) {
                Some("DELETED") => return Ok(None),
                Some("ADDED" | "MODIFIED") => return Ok(event.get("object").cloned()),
                Some("ERROR") => self.events = None,
                _ => {}
            }
        }
    }

    async fn begin(&mut self, cx: &mut Context<'_>) -> Result<Option<Value>, Failure> {
        let field = format!("metadata.name={}", self.place.name);
        let list = cx.get(&with_query(&self.place.collection(), &[("fieldSelector", &field)])).await?;
        let revision = list.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
        let query = [("fieldSelector", field.as_str()), ("resourceVersion", revision), ("watch", "true")];
        self.events = Some(cx.client.lines(&with_query(&self.place.collection(), &query), JSON).await?);
        Ok(super::select::items_of(&list).into_iter().next())
    }
}
