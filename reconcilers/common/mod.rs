//! What several reconcilers say in the same words.

pub(crate) mod adopt;
pub(crate) mod backends;
pub(crate) mod cidr;
pub(crate) mod conditions;
pub(crate) mod finalizers;
pub(crate) mod intents;
pub(crate) mod names;
pub(crate) mod owners;
pub(crate) mod plans;
pub(crate) mod slices;
pub(crate) mod turns;
pub(crate) mod type_meta;

/// When to look again where a World that is consistent per kind only does not know enough yet of another kind.
pub(crate) const CATCH_UP: std::time::Duration = std::time::Duration::from_secs(5);
