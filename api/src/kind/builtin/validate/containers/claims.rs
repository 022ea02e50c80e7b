//! The devices that containers use: of claims that their pod has.

use serde_json::Value;

use super::super::{list, text};
use crate::kind::validate::{ByText, Distinct, Faults, Path, dns_label_fault};

/// Most names of claims that a fault tells.
const TOLD: usize = 20;

/// The claims of a pod.
#[derive(Default)]
pub(in super::super) struct Claims<'a> {
    all: &'a [Value],
    by_name: ByText<'a>,
}

impl<'a> Claims<'a> {
    /// Those that the pod with `spec` has.
    pub fn of(spec: &'a Value) -> Self {
        let all = list(spec, "resourceClaims");
        Self { all, by_name: ByText::of(all, "name") }
    }

    /// What is `asked` of them: each claim, or each request of one, once.
    pub fn check(&self, asked: &[Value], path: &Path<'_>, faults: &mut Faults) {
        let (mut taken, mut parts) = (Distinct::default(), Distinct::default());
        for (at, claim) in asked.iter().enumerate() {
            let (at, name, request) = (path.index(at), text(claim, "name"), text(claim, "request"));
            if name.is_empty() {
                faults.required(&at, "");
                continue;
            }
            let whole = request.is_empty();
            // A claim as a whole and a request of it are not used side by side.
            let overlaps = taken.has(&(name, "")) || whole && parts.has(&name);
            if taken.repeats((name, request)) || overlaps {
                let key = if whole { name.to_owned() } else { format!("{name}/{request}") };
                faults.duplicate(&at, &key.into());
            }
            if !whole {
                parts.repeats(name);
            }
            if let Some(why) = dns_label_fault(request).filter(|_| !whole) {
                faults.invalid_text(&at.child("request"), request, why);
            }
            if !self.by_name.has(name) && !faults.is_full() {
                faults.not_found_among(
                    &at,
                    name,
                    format!("must be one of the names in pod.spec.resourceClaims{}", self.listed()),
                );
            }
        }
    }

    /// The names there are, as many as are worth telling.
    fn listed(&self) -> String {
        let names: Vec<&str> = self.all.iter().take(TOLD).map(|claim| text(claim, "name")).collect();
        let more = if self.all.len() > TOLD { ", …" } else { "" };
        if names.is_empty() { " which is empty".to_owned() } else { format!(": {}{more}", names.join(", ")) }
    }
}
