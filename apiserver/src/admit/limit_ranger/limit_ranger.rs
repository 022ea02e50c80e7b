//! The plug-in.

use kontiki_api::go::listed;
use kontiki_api::place;
use kontiki_api::status::Status;
use kontiki_store::Range;
use serde_json::Value;

use super::constraints::constraints;
use super::defaults::fill_in;
use crate::admit::{Admission, Operation, Plugin};

/// Fills in what the limit ranges of a namespace say for containers without requests or limits, and refuses pods
/// and claims outside of them (upstream's `LimitRanger`).
pub(in crate::admit) struct LimitRanger;

impl Plugin for LimitRanger {
    fn name(&self) -> &'static str {
        "LimitRanger"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "pods"), ("", "persistentvolumeclaims")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if admission.creates("", "pods") {
            for range in ranges(admission) {
                fill_in(admission.object, &range);
            }
        }
        Ok(())
    }

    fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if !is_limited(admission) || place(admission.object, "/metadata/deletionTimestamp").is_some() {
            return Ok(());
        }
        for range in ranges(admission) {
            let faults = constraints(&range, &admission.kind.plural, admission.object);
            if !faults.is_empty() {
                return Err(admission.forbidden(&listed(&faults)));
            }
        }
        Ok(())
    }
}

/// New pods and claims, claims that change, and pods that are resized.
fn is_limited(admission: &Admission<'_>) -> bool {
    let changes = matches!(admission.operation, Operation::Create | Operation::Update);
    let resizes = &*admission.target.subresource == "resize";
    let whole = admission.target.subresource.is_empty();
    (changes && whole && admission.is("", "persistentvolumeclaims"))
        || admission.creates("", "pods")
        || (resizes && admission.is("", "pods"))
}

fn ranges(admission: &Admission<'_>) -> Vec<Value> {
    let range = Range::Namespace("limitranges".into(), admission.target.namespace.clone());
    admission.store.list(&range).objects.into_iter().map(|range| range.to_value()).collect()
}
