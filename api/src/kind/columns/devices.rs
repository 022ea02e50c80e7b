//! Columns of devices and claims to them.

use serde_json::Value;

use super::cell::{list, text};
use super::column::{Col, Row};
use crate::time::Time;

/// The columns of each kind.
pub(super) const TABLE: &[Row] = &[("resource.k8s.io", "ResourceClaim", CLAIMS), ("resource.k8s.io", "ResourceSlice", SLICES)];

const CLAIMS: &[Col] = &[Col::NAME, Col::text("State", state), Col::AGE];

const SLICES: &[Col] = &[
    Col::NAME,
    Col::text("Node", |object, _| text(object, "/spec/nodeName").into()),
    Col::text("Driver", |object, _| text(object, "/spec/driver").into()),
    Col::text("Pool", |object, _| text(object, "/spec/pool/name").into()),
    Col::AGE,
];

/// What became of a claim so far: `pending`, `allocated,reserved`, `deleted`.
fn state(claim: &Value, _now: Time) -> Value {
    let deleted = claim.pointer("/metadata/deletionTimestamp").is_some();
    let allocated = claim.pointer("/status/allocation").is_some();
    let reserved = allocated && !list(claim, "/status/reservedFor").is_empty();
    let states = [(deleted, "deleted"), (!deleted && !allocated, "pending"), (allocated, "allocated"), (reserved, "reserved")];
    states.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect::<Vec<_>>().join(",").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_state_of_a_claim_is_told_in_words() {
        let state = |claim: Value| state(&claim, Time::from_micros(0));
        assert_eq!(state(json!({})), "pending");
        assert_eq!(state(json!({"status": {"allocation": {}, "reservedFor": [{}]}})), "allocated,reserved");
        assert_eq!(state(json!({"metadata": {"deletionTimestamp": "x"}})), "deleted");
    }
}
