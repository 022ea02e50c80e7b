//! Requests and limits.

use serde_json::Value;

use super::super::list;
use super::super::resource_names::{is_native, is_whole, may_overcommit, name_faults};
use super::Claims;
use crate::kind::validate::{Faults, Path};
use crate::quantity::Quantity;

/// What is asked for: of a container, or of a pod as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Of {
    /// A container.
    Container,
    /// A pod.
    Pod,
}

/// The requirements at `path`: known names, requests within limits, claims that the pod has.
pub(in super::super) fn requirements(asked: &Value, of: Of, claims: &Claims<'_>, path: &Path<'_>, faults: &mut Faults) {
    let (limits, requests) = (path.child("limits"), path.child("requests"));
    for (amounts, field) in [(&asked["limits"], &limits), (&asked["requests"], &requests)] {
        for (name, amount) in amounts.as_object().into_iter().flatten() {
            self::name(name, of, &field.key(name), faults);
            amount_of(name, amount, &field.key(name), faults);
        }
    }
    for (name, request) in asked["requests"].as_object().into_iter().flatten() {
        within(name, request, asked["limits"].get(name), path, faults);
    }
    let has = |wanted: &dyn Fn(&str) -> bool| {
        ["limits", "requests"]
            .iter()
            .any(|list| asked[*list].as_object().is_some_and(|amounts| amounts.keys().any(|name| wanted(name))))
    };
    if has(&|name| name.starts_with("hugepages-")) && !has(&|name| matches!(name, "cpu" | "memory")) {
        faults.forbidden(path, "HugePages require cpu or memory");
    }
    claims.check(list(asked, "claims"), &path.child("claims"), faults);
}

fn within(name: &str, request: &Value, limit: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    let Some(limit) = limit else {
        if !may_overcommit(name) {
            faults.required(&path.child("limits"), "Limit must be set for non overcommitable resources");
        }
        return;
    };
    let (Ok(amount), Ok(most)) = (Quantity::from_value(request), Quantity::from_value(limit)) else { return };
    let shown = amount.to_string();
    if !may_overcommit(name) && amount != most {
        faults.invalid_text(&path.child("requests"), &shown, format!("must be equal to {name} limit of {most}"));
    } else if amount > most {
        faults.invalid_text(&path.child("requests"), &shown, format!("must be less than or equal to {name} limit of {most}"));
    }
}

fn name(name: &str, of: Of, path: &Path<'_>, faults: &mut Faults) {
    let wrong = name_faults(name);
    let fine = wrong.is_empty();
    for why in wrong {
        faults.invalid_text(path, name, why);
    }
    let plain = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    match of {
        Of::Pod if fine && !matches!(name, "cpu" | "memory") && !name.starts_with("hugepages-") => {
            faults.unsupported(path, name, &["cpu", "hugepages-", "memory"]);
        }
        Of::Pod => {}
        Of::Container if !name.contains('/') && !plain => {
            faults.invalid_text(path, name, "must be a standard resource for containers");
        }
        Of::Container if fine && name.contains('/') && !is_native(name) && name.starts_with("requests.") => {
            faults.invalid_text(path, name, "doesn't follow extended resource name standard");
        }
        Of::Container => {}
    }
}

/// An amount that is not negative, whole where parts make no sense, and of whole pages.
pub(in super::super) fn amount_of(name: &str, amount: &Value, path: &Path<'_>, faults: &mut Faults) {
    let Ok(quantity) = Quantity::from_value(amount) else { return };
    let shown = quantity.to_string();
    if quantity.is_negative() {
        faults.invalid_text(path, &shown, "must be greater than or equal to 0");
    }
    if is_whole(name) && quantity.millis() % 1000 != 0 {
        faults.invalid_text(path, &shown, "must be an integer");
    }
    let page =
        name.strip_prefix("hugepages-").and_then(|size| Quantity::parse(size).ok()).map(Quantity::units).filter(|size| *size > 0);
    if page.is_some_and(|page| quantity.units() % page != 0) {
        faults.invalid_text(path, &shown, format!("{shown} is not positive integer multiple of {name}"));
    }
}
