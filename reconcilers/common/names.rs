//! Generated names.

use kontiki_api::meta::Uid;
use kontiki_runtime::reconciler::Seed;

/// Longest part of a generated name before its suffix (`maxGeneratedNameLength` of upstream).
const PREFIX_MAX: usize = 58;

/// The `nth` name in this pass of the shape that `generateName: <base>-` gives.
pub(crate) fn generated(base: &str, seed: Seed, owner: &Uid, nth: usize) -> String {
    let prefix = format!("{base}-");
    let kept = prefix.get(..PREFIX_MAX).unwrap_or(&prefix);
    format!("{kept}{}", seed.suffix(owner, nth))
}
