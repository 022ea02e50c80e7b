//! Requests and limits.

use serde_json::Value;

use crate::kind::validate::{Faults, Path};
use crate::quantity::Quantity;
use crate::selector::label_key_faults;

/// The requirements at `path`: known names, requests within limits.
pub(super) fn requirements(requirements: &Value, path: &Path<'_>, faults: &mut Faults) {
    for list in ["limits", "requests"] {
        for (name, amount) in requirements[list].as_object().into_iter().flatten() {
            let field = path.child(list);
            resource(name, amount, &field, faults);
        }
    }
    let limits = &requirements["limits"];
    for (name, request) in requirements["requests"].as_object().into_iter().flatten() {
        let (Some(limit), Ok(amount)) = (limits.get(name), Quantity::from_value(request)) else { continue };
        let Ok(most) = Quantity::from_value(limit) else { continue };
        let limit = limit.as_str().unwrap_or_default();
        if !may_overcommit(name) && amount != most {
            faults.invalid(&path.child("requests"), request, format!("must be equal to {name} limit of {limit}"));
        } else if amount > most {
            faults.invalid(&path.child("requests"), request, format!("must be less than or equal to {name} limit of {limit}"));
        }
    }
}

fn resource(name: &str, amount: &Value, path: &Path<'_>, faults: &mut Faults) {
    for why in label_key_faults(name) {
        faults.invalid_text(path, name, why);
    }
    if !name.contains('/') && !is_standard(name) {
        faults.invalid_text(path, name, "must be a standard resource for containers");
    }
    let whole = |amount: Quantity| amount.millis() % 1000 == 0;
    if name.contains('/') && Quantity::from_value(amount).is_ok_and(|amount| !whole(amount)) {
        faults.invalid(&path.key(name), amount, "must be an integer");
    }
}

fn is_standard(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-")
}

/// Huge pages and what nodes advertise themselves cannot be promised twice.
fn may_overcommit(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.contains("kubernetes.io/")
}
