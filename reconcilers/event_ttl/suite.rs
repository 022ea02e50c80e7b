//! What the shared suite plays to it.

use std::time::Duration;

use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::EventTtl;
use crate::scenes::{changed, namespace, object};

pub(super) fn suite() -> (Suite<EventTtl>, Vec<Scenario>) {
    let gone = Scenario::new("events go in the order of their last writes")
        .put_together([namespace("ns"), event("b", 2), event("a", 1)])
        .wait(Duration::from_mins(30))
        .put([event("c", 3)]);
    let put_off = Scenario::new("a write puts the end off")
        .put_together([namespace("ns"), event("a", 1), event("b", 1)])
        .put([event("a", 4)]);
    (Suite::new(EventTtl::default()), vec![gone, put_off])
}

/// One that was written so many hours into the day.
fn event(name: &str, hour: u8) -> Value {
    changed(object("v1", "Event", "ns", name), |event| {
        event["metadata"]["creationTimestamp"] = json!("2026-01-02T00:00:00Z");
        event["metadata"]["managedFields"] = json!([{"manager": "m", "time": format!("2026-01-02T{hour:02}:00:00Z")}]);
    })
}
