//! Conditions, which every status has.

use serde::Deserialize;

use crate::Text;
use crate::time::Time;

/// One condition of a status.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// What it is about, such as `Ready`.
    pub r#type: Text,
    /// `True`, `False` or `Unknown`.
    pub status: Text,
    /// Why, in one word.
    pub reason: Text,
    /// Why, for people.
    pub message: Text,
    /// When `status` last changed.
    pub last_transition_time: Option<Time>,
    /// When a Deployment last progressed.
    pub last_update_time: Option<Time>,
    /// When a node last told it.
    pub last_heartbeat_time: Option<Time>,
}

/// The condition called `r#type`.
pub fn condition<'a>(conditions: &'a [Condition], r#type: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| &*condition.r#type == r#type)
}

/// Whether the condition called `r#type` is `True`.
pub fn is_true(conditions: &[Condition], r#type: &str) -> bool {
    condition(conditions, r#type).is_some_and(|condition| &*condition.status == "True")
}
