//! Warnings about deprecated versions of custom kinds.

use kontiki_api::kind::{Kind, version_priority};

/// What a client that asks for `kind` shall be warned of.
pub(crate) fn deprecation(kind: &Kind) -> Option<String> {
    let custom = kind.custom.as_ref()?;
    let warning = custom.version().deprecated.as_ref()?;
    if !warning.is_empty() {
        return Some(warning.to_string());
    }
    let crd = custom.crd();
    let fresh = crd.versions.iter().filter(|version| version.served && version.deprecated.is_none());
    let better = fresh.max_by_key(|version| version_priority(&version.name));
    let better = better.filter(|better| version_priority(&better.name) > version_priority(&kind.version));
    let subject = |version: &str| format!("{} {}", crd.api_version(version), crd.kind);
    let instead = better.map(|better| format!("; use {}", subject(&better.name))).unwrap_or_default();
    Some(format!("{} is deprecated{instead}", subject(&kind.version)))
}
