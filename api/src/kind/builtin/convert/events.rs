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
    use proptest::prelude::*;
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

    proptest! {
        #[test]
        fn both_versions_come_back_as_they_were(chosen in prop::collection::btree_set(0..NAMES.len(), 0..NAMES.len())) {
            for (convert, back, version) in [(to_stored as fn(&mut Value), from_stored as fn(&mut Value), 0), (from_stored, to_stored, 1)] {
                let mut event = json!({"apiVersion": (["events.k8s.io/v1", "v1"][version]), "metadata": {"name": "e"}, "type": "Normal"});
                for at in &chosen {
                    event[[NAMES[*at].0, NAMES[*at].1][version]] = json!({"field": at});
                }
                let mut there = event.clone();
                convert(&mut there);
                back(&mut there);
                prop_assert_eq!(there, event);
            }
        }
    }
}
