//! The status of volumes.

use serde_json::Value;

use super::generic;
use crate::time::Time;

const SINCE: &str = "lastPhaseTransitionTime";

/// A status tells since when its phase is what it is, where the client does not.
pub(in crate::kind::builtin) fn status(new: &mut Value, old: &Value, now: Time) {
    if !new["status"].is_object() {
        return;
    }
    let (said, before) = (new["status"].get(SINCE), old["status"].get(SINCE));
    let moved = new["status"].get("phase") != old["status"].get("phase");
    let since = match (moved, said) {
        (true, said) if said.is_none() || said == before => Some(now.seconds().into()),
        (false, None) => before.cloned(),
        _ => None,
    };
    if let Some(since) = since {
        generic::put(&mut new["status"], SINCE, since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_time_of_a_phase_follows_the_phase() {
        let (first, now, other) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2025-01-01T00:00:00Z");
        let old = json!({"status": {"phase": "Pending", SINCE: first}});
        for (sent, since) in [
            (json!({"phase": "Pending"}), first),
            (json!({"phase": "Pending", SINCE: other}), other),
            (json!({"phase": "Bound"}), now),
            (json!({"phase": "Bound", SINCE: first}), now),
            (json!({"phase": "Bound", SINCE: other}), other),
        ] {
            let mut new = json!({"status": sent});
            status(&mut new, &old, Time::parse(now).unwrap());
            assert_eq!(new["status"][SINCE], since, "{sent}");
        }
    }
}
