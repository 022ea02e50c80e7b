//! What a DELETE makes of an object: the rules of upstream's `rest.BeforeDelete`.

use std::time::Duration;

use kontiki_api::kind::Kind;
use kontiki_api::place;
use kontiki_api::time::Time;
use serde_json::Value;

use crate::decode::{DeleteOptions, Propagation};
use crate::prepare::{is_deleting, meta_text, metadata};

const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// Marks `object` as being deleted, as far as the options and its state ask for it. Whether the
/// deletion can end at once shows in what it carries afterwards: grace and finalizers.
///
/// Whether the deletion is graceful: watchers see how long it gives the object, were it no time at all.
pub(super) fn begin_deletion(kind: &Kind, object: &mut Value, options: &DeleteOptions, now: Time) -> bool {
    let propagation = |object: &mut Value| set_propagation(object, options.propagation.or_else(|| usual(kind, object)));
    if is_deleting(object) {
        if waits(object, options.grace_seconds) {
            return false;
        }
        propagation(object);
        return shorten_grace(object, options.grace_seconds, now);
    }
    propagation(object);
    let graceful = (kind.hooks.grace)(object, options.grace_seconds);
    let grace = graceful.unwrap_or_default().max(0);
    mark(object, now.plus(seconds(grace)), grace);
    if let Some(generation) = object.pointer("/metadata/generation").and_then(Value::as_i64) {
        metadata(object).insert("generation".into(), (generation + 1).into());
    }
    (kind.hooks.terminate)(object);
    graceful.is_some()
}

/// Seconds of grace that a deletion under way gives.
fn given(object: &Value) -> i64 {
    object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or_default()
}

/// Whether a deletion under way goes on as it is: it gives grace, and nobody asks for less.
fn waits(object: &Value, asked: Option<i64>) -> bool {
    let given = given(object);
    given > 0 && asked.is_none_or(|asked| least(asked) >= given)
}

/// A negative period stands for the shortest.
const fn least(asked: i64) -> i64 {
    if asked < 0 { 1 } else { asked }
}

/// A deletion under way may be given less time, but never ends before it is asked to. Whether that is so here.
fn shorten_grace(object: &mut Value, asked: Option<i64>, now: Time) -> bool {
    let given = given(object);
    let Some(asked) = asked.filter(|_| given > 0).map(least) else { return false };
    let end = Time::parse(meta_text(object, "deletionTimestamp")).unwrap_or(now);
    let begun = Time::from_micros(end.as_micros().saturating_sub(given.saturating_mul(1_000_000)));
    match begun.plus(seconds(asked)) {
        end if end < now => mark(object, now, asked.min(1)),
        end => mark(object, end, asked),
    }
    true
}

fn mark(object: &mut Value, end: Time, grace: i64) {
    let meta = metadata(object);
    meta.insert("deletionTimestamp".into(), end.seconds().into());
    meta.insert("deletionGracePeriodSeconds".into(), grace.into());
}

fn seconds(grace: i64) -> Duration {
    Duration::from_secs(u64::try_from(grace).unwrap_or_default())
}

/// What becomes of the dependents of `object` where the deletion does not say: finalizers that are there decide.
fn usual(kind: &Kind, object: &Value) -> Option<Propagation> {
    let finalizers = place(object, "/metadata/finalizers").and_then(Value::as_array);
    let decided = finalizers.is_some_and(|list| list.iter().any(|finalizer| finalizer == ORPHAN || finalizer == FOREGROUND));
    (kind.orphans.is_some() && !decided).then_some(Propagation::Orphan)
}

/// `propagationPolicy` lives on as a finalizer until the garbage collector has done its part.
fn set_propagation(object: &mut Value, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else { return };
    let wanted = match propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    let meta = metadata(object);
    let mut finalizers = meta.get("finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
    finalizers.retain(|finalizer| {
        let own = finalizer == ORPHAN || finalizer == FOREGROUND;
        !own || wanted.is_some_and(|wanted| finalizer == wanted)
    });
    if let Some(wanted) = wanted.filter(|wanted| !finalizers.iter().any(|finalizer| finalizer == wanted)) {
        finalizers.push(wanted.into());
    }
    if finalizers.is_empty() {
        meta.shift_remove("finalizers");
    } else {
        meta.insert("finalizers".into(), Value::Array(finalizers));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::kind::Kinds;
    use serde_json::json;

    fn graceful() -> Kind {
        let mut kind = Kind::clone(Kinds::builtin().get("", "v1", "pods").unwrap());
        kind.hooks.grace = |_, asked| Some(asked.unwrap_or(30));
        kind
    }

    #[test]
    fn a_grace_may_be_shortened_but_not_lengthened() {
        let kind = graceful();
        let now = Time::parse("2026-01-01T00:00:00Z").unwrap();
        let mut pod = json!({"metadata": {"name": "x", "generation": 1}});
        begin_deletion(&kind, &mut pod, &DeleteOptions::default(), now);
        assert_eq!(pod["metadata"]["deletionTimestamp"], "2026-01-01T00:00:30Z");
        assert_eq!(pod["metadata"]["generation"], 2);
        let ask = |seconds| DeleteOptions { grace_seconds: Some(seconds), ..DeleteOptions::default() };
        begin_deletion(&kind, &mut pod, &ask(60), now);
        assert_eq!(pod["metadata"]["deletionGracePeriodSeconds"], 30);
        begin_deletion(&kind, &mut pod, &ask(5), now);
        assert_eq!(pod["metadata"]["deletionTimestamp"], "2026-01-01T00:00:05Z");
    }

    #[test]
    fn a_shortened_grace_does_not_end_in_the_past() {
        let kinds = Kinds::builtin();
        let at = |time| Time::parse(time).unwrap();
        for (asked, phase, end, grace) in [
            (20, "Running", "2026-01-01T00:00:20Z", 20),
            (20, "Failed", "2026-01-01T00:00:20Z", 20),
            (5, "Running", "2026-01-01T00:00:10Z", 1),
            (-7, "Running", "2026-01-01T00:00:10Z", 1),
            (0, "Running", "2026-01-01T00:00:10Z", 0),
        ] {
            let mut pod = json!({"metadata": {"name": "x"}, "spec": {"nodeName": "n"}});
            let kind = kinds.get("", "v1", "pods").unwrap();
            begin_deletion(kind, &mut pod, &DeleteOptions::default(), at("2026-01-01T00:00:00Z"));
            pod["status"] = json!({"phase": phase});
            let options = DeleteOptions { grace_seconds: Some(asked), ..DeleteOptions::default() };
            begin_deletion(kind, &mut pod, &options, at("2026-01-01T00:00:10Z"));
            let meta = &pod["metadata"];
            assert_eq!(
                (&meta["deletionTimestamp"], &meta["deletionGracePeriodSeconds"]),
                (&json!(end), &json!(grace)),
                "{asked} {phase}"
            );
        }
    }

    #[test]
    fn finalizers_stay_while_grace_goes_on() {
        let kind = graceful();
        let mut pod = json!({"metadata": {"name": "x", "finalizers": ["a/b"]}});
        let now = Time::from_micros(0);
        begin_deletion(&kind, &mut pod, &DeleteOptions::default(), now);
        let before = pod.clone();
        let orphan =
            |grace_seconds| DeleteOptions { grace_seconds, propagation: Some(Propagation::Orphan), ..DeleteOptions::default() };
        begin_deletion(&kind, &mut pod, &orphan(None), now);
        begin_deletion(&kind, &mut pod, &orphan(Some(30)), now);
        assert_eq!(pod, before);
        begin_deletion(&kind, &mut pod, &orphan(Some(3)), now);
        assert_eq!(pod["metadata"]["finalizers"], json!(["a/b", "orphan"]));
    }

    #[test]
    fn some_kinds_leave_their_dependents_where_nobody_says_otherwise() {
        let kinds = Kinds::builtin();
        let now = Time::from_micros(0);
        let finalizers = |group: &str, plural: &str, before: Value, propagation| {
            let mut object = json!({"metadata": {"name": "x", "finalizers": before}});
            let options = DeleteOptions { propagation, ..DeleteOptions::default() };
            begin_deletion(kinds.get(group, "v1", plural).unwrap(), &mut object, &options, now);
            object["metadata"]["finalizers"].clone()
        };
        for (group, plural) in [("batch", "jobs"), ("", "replicationcontrollers")] {
            assert_eq!(finalizers(group, plural, json!(["a/b"]), None), json!(["a/b", "orphan"]));
            assert_eq!(finalizers(group, plural, json!(["a/b"]), Some(Propagation::Background)), json!(["a/b"]));
            assert_eq!(finalizers(group, plural, json!(["foregroundDeletion"]), None), json!(["foregroundDeletion"]));
        }
        assert_eq!(finalizers("apps", "replicasets", json!(["a/b"]), None), json!(["a/b"]));
    }

    #[test]
    fn the_propagation_policy_becomes_a_finalizer() {
        let mut object = json!({"metadata": {"name": "x", "finalizers": ["orphan", "example.com/own"]}});
        set_propagation(&mut object, Some(Propagation::Foreground));
        assert_eq!(object["metadata"]["finalizers"], json!(["example.com/own", "foregroundDeletion"]));
        set_propagation(&mut object, Some(Propagation::Background));
        assert_eq!(object["metadata"]["finalizers"], json!(["example.com/own"]));
    }
}
