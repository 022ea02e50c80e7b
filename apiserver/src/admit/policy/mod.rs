//! Admission policies written in CEL: ValidatingAdmissionPolicy and MutatingAdmissionPolicy.
//!
//! Promises that policies and bindings count from the commit that made them, that expressions are compiled once per
//! revision, and that no policy can keep anybody from changing policies.

mod atomics;
mod authorizer;
mod condition;
mod definition;
mod expression;
mod faulty;
mod matching;
mod mutating;
mod notes;
mod params;
mod policies;
mod request;
mod scope;
#[cfg(test)]
mod tests;
mod type_checking;
mod typed;
mod validating;

pub(super) use authorizer::{Requester, request_resource};
pub(super) use condition::{Facts, applies};
pub(super) use definition::Definition;
pub(super) use mutating::MutatingPolicies;
pub(super) use validating::ValidatingPolicies;
