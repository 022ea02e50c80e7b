//! The plug-in.

use std::sync::Arc;

use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::quota::{Amounts, is_counted, matches, usage};
use kontiki_api::status::Status;
use kontiki_store::Range;
use serde_json::Value;

use super::ledger::{Charge, Ledger, QUOTAS, Written};
use super::must_specify::must_specify;
use crate::admit::fields::text;
use crate::admit::{Admission, Operation, Plugin};

/// Refuses what the quotas of a namespace leave no room for (upstream's `ResourceQuota`).
#[derive(Default)]
pub(in crate::admit) struct ResourceQuota {
    ledger: Ledger,
}

impl Plugin for ResourceQuota {
    fn name(&self) -> &'static str {
        "ResourceQuota"
    }

    /// What goes with the last quota of a namespace, or with the namespace itself: its books.
    fn release(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if admission.is("", QUOTAS) {
            let namespace = &admission.target.namespace;
            let quotas = admission.store.list(&Range::Namespace(QUOTAS.into(), namespace.clone())).objects;
            let name = admission.old.map_or("", |old| text(old, "/metadata/name"));
            let others: Vec<_> = quotas.iter().filter(|quota| *quota.key.name != *name).map(|quota| &quota.head.uid).collect();
            self.ledger.keep(namespace, &others);
        }
        Ok(())
    }

    fn charge(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let namespace = admission.target.namespace.clone();
        if namespace.is_empty() || !may_use_more(admission) {
            return Ok(());
        }
        let quotas = admission.store.list(&Range::Namespace(QUOTAS.into(), namespace.clone())).objects;
        let uids: Vec<_> = quotas.iter().map(|quota| &quota.head.uid).collect();
        self.ledger.keep(&namespace, &uids);
        if quotas.is_empty() {
            return Ok(());
        }
        let charges = charges(admission, &quotas)?;
        if charges.is_empty() {
            return Ok(());
        }
        let key = Key::new(admission.kind.resource.clone(), namespace, admission.name());
        let written = Written { key, base: revision(admission.old), now: admission.now };
        let hold = self.ledger.take(admission.store, written, charges).map_err(|why| admission.forbidden(&why))?;
        admission.holds.push(Box::new(hold));
        Ok(())
    }
}

/// Whether the request can use more than before of anything that quotas limit, as upstream's evaluators see it: what is created,
/// and changes of what is counted by more than being there. Other subresources make nothing: the last pod of a full quota is bound
/// to its node, evicted, and given its tokens.
fn may_use_more(admission: &Admission<'_>) -> bool {
    let is = |plural: &str| admission.is("", plural);
    match (admission.operation, &*admission.target.subresource) {
        (Operation::Create, "") => true,
        (Operation::Update, "") => is("services") || is("persistentvolumeclaims") || (is("pods") && changes_scope(admission)),
        (Operation::Update, "resize") => is("pods"),
        (Operation::Update, "status") => is("persistentvolumeclaims"),
        _ => false,
    }
}

/// Whether a pod begins or ceases to have a deadline: it is of another quota from then on.
fn changes_scope(admission: &Admission<'_>) -> bool {
    let ends = |pod: &Value| pod.pointer("/spec/activeDeadlineSeconds").is_some_and(|seconds| !seconds.is_null());
    admission.old.is_some_and(|old| ends(old) != ends(admission.object))
}

/// What the request takes of each quota that is about its object and that it takes anything of.
fn charges(admission: &Admission<'_>, quotas: &[Arc<Object>]) -> Result<Vec<Charge>, Status> {
    let resource = admission.kind.resource.to_string();
    let used = usage(&resource, admission.object, admission.now);
    let mut charges = Vec::new();
    for object in quotas {
        let quota = object.to_value();
        let hard = Amounts::read(quota.pointer("/spec/hard"));
        let limits = |name: &str| hard.0.contains_key(name) && is_counted(name, &resource);
        if !hard.0.keys().any(|name| limits(name)) || !matches(&quota, &resource, admission.object) {
            continue;
        }
        if admission.is("", "pods")
            && let Some(why) = must_specify(admission.object, &hard)
        {
            return Err(admission.forbidden(&format!("failed quota: {}: {why}", object.key.name)));
        }
        let mut wanted = used.clone();
        if let Some(old) = admission.old.filter(|old| matches(&quota, &resource, old)) {
            wanted.subtract(&usage(&resource, old, admission.now));
        }
        let wanted = wanted.positive(limits);
        if !wanted.0.is_empty() {
            charges.push(Charge { name: object.key.name.clone(), uid: object.head.uid.clone(), quota, hard, wanted });
        }
    }
    Ok(charges)
}

fn revision(old: Option<&Value>) -> Option<Revision> {
    Revision::parse(text(old?, "/metadata/resourceVersion"))
}
