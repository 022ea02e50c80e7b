//! How long pods stay on a node that is lost.

use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::fields::{list, spec, text};
use super::{Admission, Operation, Plugin};

const TAINTS: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const SECONDS: u32 = 300;

/// Lets pods that say nothing about it stay five minutes on a node that is not ready or not reachable.
pub(super) struct DefaultTolerationSeconds;

impl Plugin for DefaultTolerationSeconds {
    fn name(&self) -> &'static str {
        "DefaultTolerationSeconds"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "pods")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let written = matches!(admission.operation, Operation::Create | Operation::Update);
        if !written || !admission.is("", "pods") || !admission.target.subresource.is_empty() {
            return Ok(());
        }
        let Some(tolerations) = spec(admission.object).and_then(|spec| list(spec, "tolerations")) else { return Ok(()) };
        let missing: Vec<&str> = TAINTS.into_iter().filter(|taint| !tolerated(tolerations, taint)).collect();
        tolerations.extend(
            missing
                .into_iter()
                .map(|taint| json!({"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS})),
        );
        Ok(())
    }
}

fn tolerated(tolerations: &[Value], taint: &str) -> bool {
    tolerations.iter().any(|toleration| {
        let (key, effect) = (text(toleration, "/key"), text(toleration, "/effect"));
        (key.is_empty() || key == taint) && (effect.is_empty() || effect == "NoExecute")
    })
}
