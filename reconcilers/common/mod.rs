//! What several reconcilers say in the same words.

pub(crate) mod adopt;
pub(crate) mod backends;
pub(crate) mod conditions;
pub(crate) mod intents;
pub(crate) mod names;
pub(crate) mod owners;
pub(crate) mod type_meta;
