//! `events.k8s.io/v1 Event` over the stored `v1 Event`.

use serde_json::Value;

use super::rename;
use crate::kind::Conversion;

pub(in crate::kind::builtin) const EVENTS_V1: Conversion = Conversion { to_stored, from_stored };

/// Field of `events.k8s.io/v1`, field of `v1`.
const NAMES: [(&str, &str); 7] = [
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

fn to_stored(event: &mut Value) {
    rename(event, &NAMES);
    event["apiVersion"] = "v1".into();
}

fn from_stored(event: &mut Value) {
    rename(event, &NAMES.map(|(new, core)| (core, new)));
    event["apiVersion"] = "events.k8s.io/v1".into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_reads_back_as_it_was_written() {
        let event = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "e"},
            "regarding": {"kind": "Pod"}, "note": "Started", "reason": "Started", "reportingController": "kubelet"});
        let mut stored = event.clone();
        to_stored(&mut stored);
        assert_eq!(stored["involvedObject"]["kind"], "Pod");
        assert_eq!((&stored["message"], &stored["reportingComponent"]), (&json!("Started"), &json!("kubelet")));
        from_stored(&mut stored);
        assert_eq!(stored, event);
    }
}
