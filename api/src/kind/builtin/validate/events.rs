//! Events: little is asked of the older form, more of those that tell their `eventTime`, most of those that are sent through
//! `events.k8s.io`. Upstream names the fields of the stored form in every case.

use serde_json::{Map, Value};

use super::text;
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path, dns_subdomain_fault};
use crate::selector::label_key_faults;

/// Bytes of a short text.
const SHORT: usize = 128;
/// Bytes of a message.
const MESSAGE: usize = 1024;

/// What never changes through `events.k8s.io`: the stored name, and what it is called in faults.
const FIXED: [(&str, &str); 13] = [
    ("involvedObject", "involvedObject"),
    ("reason", "reason"),
    ("message", "message"),
    ("source", "source"),
    ("firstTimestamp", "firstTimestamp"),
    ("lastTimestamp", "lastTimestamp"),
    ("count", "count"),
    ("type", "type"),
    ("eventTime", "eventTime"),
    ("action", "action"),
    ("related", "related"),
    ("reportingComponent", "reportingController"),
    ("reportingInstance", "reportingInstance"),
];

/// An event, however it is sent.
pub(super) fn event(event: &Value, faults: &mut Faults) {
    let timed = event.get("eventTime").is_some();
    place(event, timed, faults);
    if timed {
        told(event, faults);
    }
}

/// An event is where its object is. Those of objects without a namespace are in `default`, or in that of the system.
fn place(event: &Value, timed: bool, faults: &mut Faults) {
    let (own, namespace) = (text(&event["metadata"], "namespace"), text(&event["involvedObject"], "namespace"));
    let fits = match (namespace.is_empty(), timed) {
        (true, true) => matches!(own, "default" | "kube-system"),
        (true, false) => matches!(own, "" | "default"),
        (false, true) => true,
        (false, false) => namespace == own,
    };
    if !fits {
        let path = Path::new("involvedObject");
        faults.invalid_text(&path.child("namespace"), namespace, "does not match event.namespace");
    }
}

/// Who tells it, and what.
fn told(event: &Value, faults: &mut Faults) {
    let (path, reporter) = (Path::new("reportingController"), text(event, "reportingComponent"));
    if reporter.is_empty() {
        faults.required(&path, "");
    }
    for why in label_key_faults(reporter) {
        faults.invalid_text(&path, reporter, why);
    }
    for field in ["reportingInstance", "action", "reason"] {
        let (path, text) = (Path::new(field), text(event, field));
        if text.is_empty() {
            faults.required(&path, "");
        }
        short(&path, text, SHORT, faults);
    }
    short(&Path::new("message"), text(event, "message"), MESSAGE, faults);
}

fn short(path: &Path<'_>, text: &str, most: usize, faults: &mut Faults) {
    if text.len() > most {
        faults.invalid_text(path, "", format!("can have at most {most} characters"));
    }
}

/// What is asked besides of an event that is sent through `events.k8s.io`, a new one or one in the place of `old`.
pub(in crate::kind::builtin) fn sent(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut faults = Faults::default();
    match old {
        None => created(new, &mut faults),
        Some(old) => changed(new, old, &mut faults),
    }
    faults.into_errors()
}

fn created(event: &Value, faults: &mut Faults) {
    let name = text(&event["metadata"], "name");
    if let Some(why) = dns_subdomain_fault(name) {
        faults.invalid_text(&Path::new("metadata").child("name"), name, why);
    }
    series(event, faults);
    if event.get("eventTime").is_none() {
        faults.required(&Path::new("eventTime"), "");
    }
    let kind = text(event, "type");
    if !matches!(kind, "Normal" | "Warning") {
        faults.invalid_text(&Path::new("type"), "", format!("has invalid value: {kind}"));
    }
    let source = ["component", "host"].iter().any(|field| !text(&event["source"], field).is_empty());
    for (field, set) in [
        ("firstTimestamp", event.get("firstTimestamp").is_some()),
        ("lastTimestamp", event.get("lastTimestamp").is_some()),
        ("count", super::number(event, "count") != 0),
        ("source", source),
    ] {
        if set {
            faults.invalid_text(&Path::new(field), "", "needs to be unset");
        }
    }
}

fn changed(new: &Value, old: &Value, faults: &mut Faults) {
    if new.get("series") != old.get("series") {
        series(new, faults);
    }
    let said = |event: &Value, field: &str| {
        let value = event.get(field).filter(|value| **value != Value::Object(Map::new()) && **value != "" && **value != 0);
        value.cloned()
    };
    for (stored, told) in FIXED {
        let (now, before) = (said(new, stored), said(old, stored));
        faults.immutable(&Path::new(told), now.as_ref(), before.as_ref());
    }
}

/// A series is of at least two.
fn series(event: &Value, faults: &mut Faults) {
    let Some(series) = event.get("series") else { return };
    let path = Path::new("series");
    if super::number(series, "count") < 2 {
        faults.invalid_text(&path.child("count"), "", "should be at least 2");
    }
    if series.get("lastObservedTime").is_none() {
        faults.required(&path.child("lastObservedTime"), "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(errors: &[FieldError]) -> Vec<&str> {
        errors.iter().map(|error| error.field.as_str()).collect()
    }

    #[test]
    fn the_newer_group_asks_for_more() {
        let good = json!({"metadata": {"name": "e"}, "eventTime": "2026-01-01T00:00:00.000000Z", "type": "Normal", "source": {}});
        assert_eq!(sent(&good, None), []);
        let old_form = json!({"metadata": {"name": "A:b"}, "type": "Odd", "count": 2, "firstTimestamp": "2026-01-01T00:00:00Z",
            "lastTimestamp": "2026-01-01T00:00:00Z", "source": {"host": "h"}, "series": {"count": 1}});
        let wanted = [
            "metadata.name",
            "series.count",
            "series.lastObservedTime",
            "eventTime",
            "type",
            "firstTimestamp",
            "lastTimestamp",
            "count",
            "source",
        ];
        assert_eq!(fields(&sent(&old_form, None)), wanted);
    }

    #[test]
    fn through_the_newer_group_only_the_series_of_an_event_changes() {
        let old = json!({"metadata": {"name": "e"}, "reason": "r", "reportingComponent": "c", "note": "n"});
        let mut new = old.clone();
        new["series"] = json!({"count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"});
        new["source"] = json!({});
        assert_eq!(sent(&new, Some(&old)), []);
        new["series"]["count"] = 1.into();
        new["reason"] = "s".into();
        new["reportingComponent"] = "d".into();
        assert_eq!(fields(&sent(&new, Some(&old))), ["series.count", "reason", "reportingController"]);
    }
}
