//! `PriorityLevelConfiguration`: how many seats a level has.

use kontiki_api::Text;
use serde_json::Value;

/// A priority level, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub name: Text,
    pub uid: String,
    /// Whether its requests never wait and are never refused.
    pub exempt: bool,
    /// Its part of all seats.
    pub shares: u64,
    /// How much of its seats others may have, in percent.
    pub lendable: u64,
    /// How much more than its seats it may have of others, in percent of its own; `None` for as much as there is.
    pub borrowing: Option<u64>,
    /// How many requests of one flow, and of all, may wait; none where it refuses at once.
    pub queue: Option<(usize, usize)>,
}

/// Upstream's defaults.
const SHARES: u64 = 30;
const QUEUES: u64 = 64;
const HAND: u64 = 8;
const LENGTH: u64 = 50;

impl Level {
    /// Reads the object `level`; `None` where it has no name.
    pub fn read(level: &Value) -> Option<Self> {
        let name = level.pointer("/metadata/name").and_then(Value::as_str)?;
        let number = |pointer: &str| level.pointer(pointer).and_then(Value::as_u64);
        let exempt = level.pointer("/spec/type").and_then(Value::as_str) == Some("Exempt");
        let part = if exempt { "exempt" } else { "limited" };
        let of = |field: &str| number(&format!("/spec/{part}/{field}"));
        let queues = level.pointer("/spec/limited/limitResponse/type").and_then(Value::as_str) == Some("Queue");
        let queuing = |field: &str, usual: u64| number(&format!("/spec/limited/limitResponse/queuing/{field}")).unwrap_or(usual);
        let length = queuing("queueLengthLimit", LENGTH);
        let size = |queues: u64| usize::try_from(queues.saturating_mul(length)).unwrap_or(usize::MAX);
        Some(Self {
            name: name.into(),
            uid: level.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().into(),
            exempt,
            shares: of("nominalConcurrencyShares").unwrap_or(if exempt { 0 } else { SHARES }),
            lendable: of("lendablePercent").unwrap_or_default().min(100),
            borrowing: of("borrowingLimitPercent"),
            queue: queues.then(|| (size(queuing("handSize", HAND)), size(queuing("queues", QUEUES)))),
        })
    }
}
