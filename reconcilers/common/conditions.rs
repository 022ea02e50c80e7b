//! Conditions: set, removed, written.

use kontiki_api::time::Time;
use kontiki_api::view::Condition;
use serde_json::{Map, Value, json};

/// What a condition is to say.
#[derive(Clone, Copy)]
pub(crate) struct Says<'a> {
    /// What it is about.
    pub r#type: &'a str,
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// Why, in one word.
    pub reason: &'a str,
    /// Why, for people.
    pub message: &'a str,
}

/// Sets a condition; its transition time moves only where its status does.
pub(crate) fn set(conditions: &mut Vec<Condition>, says: Says<'_>, now: Time) {
    let at = conditions.iter().position(|condition| *condition.r#type == *says.r#type);
    let old = at.map(|at| conditions.remove(at));
    let kept = old.filter(|old| *old.status == *says.status).and_then(|old| old.last_transition_time);
    conditions.push(Condition {
        r#type: says.r#type.into(),
        status: says.status.into(),
        reason: says.reason.into(),
        message: says.message.into(),
        last_transition_time: Some(kept.unwrap_or(now)),
        ..Condition::default()
    });
}

/// Whether a condition already says so.
pub(crate) fn holds(conditions: &[Condition], says: Says<'_>) -> bool {
    kontiki_api::view::condition(conditions, says.r#type).is_some_and(|condition| {
        *condition.status == *says.status && *condition.reason == *says.reason && *condition.message == *says.message
    })
}

/// Conditions as they stand in a status; `null`, which removes the field, where there is none.
pub(crate) fn to_value(conditions: &[Condition]) -> Value {
    if conditions.is_empty() { Value::Null } else { conditions.iter().map(one).collect() }
}

fn one(condition: &Condition) -> Value {
    let mut map = Map::new();
    map.insert("type".into(), json!(condition.r#type));
    map.insert("status".into(), json!(condition.status));
    let texts = [("reason", &condition.reason), ("message", &condition.message)];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        map.insert(name.into(), json!(text));
    }
    let times = [
        ("lastHeartbeatTime", condition.last_heartbeat_time),
        ("lastUpdateTime", condition.last_update_time),
        ("lastTransitionTime", condition.last_transition_time),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            map.insert(name.into(), json!(time.seconds()));
        }
    }
    map.into()
}
