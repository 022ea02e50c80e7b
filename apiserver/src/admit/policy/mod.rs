//! Admission policies written in CEL: ValidatingAdmissionPolicy and MutatingAdmissionPolicy.
//!
//! Promises that policies and bindings count from the commit that made them, that expressions are compiled once per
//! revision, that each policy sees a request in the version that its rules name, and that no policy can keep anybody from
//! changing policies.

mod atomics;
mod authorizer;
mod condition;
mod definition;
mod exempt;
mod expression;
mod facts_types;
mod faulty;
mod matching;
mod mutating;
mod notes;
mod param_rights;
mod params;
mod policies;
mod scope;
mod shape;
#[cfg(test)]
mod tests;
mod type_checking;
mod typed;
mod validating;
mod view;

pub(super) use authorizer::{Requester, request_resource};
pub(super) use condition::{Facts, applies};
pub(super) use definition::Definition;
pub(super) use mutating::MutatingPolicies;
pub(super) use param_rights::ParamRights;
pub(super) use validating::ValidatingPolicies;
