//! A new node takes no pods before it has said that it is ready.

use kontiki_api::status::Status;
use serde_json::json;

use super::fields::{list, spec, text};
use super::{Admission, Plugin};

const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// Puts the taint `node.kubernetes.io/not-ready` on new nodes; the node lifecycle controller takes it off.
pub(super) struct TaintNodesByCondition;

impl Plugin for TaintNodesByCondition {
    fn name(&self) -> &'static str {
        "TaintNodesByCondition"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "nodes")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !admission.creates("", "nodes") {
            return Ok(());
        }
        let Some(taints) = spec(admission.object).and_then(|spec| list(spec, "taints")) else { return Ok(()) };
        if !taints.iter().any(|taint| text(taint, "/key") == NOT_READY && text(taint, "/effect") == "NoSchedule") {
            taints.push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
        }
        Ok(())
    }
}
