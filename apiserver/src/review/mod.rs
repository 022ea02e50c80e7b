//! Answers the kinds that are only asked: who am I, may I, whose token is this, give me a token.

mod access;
mod access_faults;
mod fields;
mod reviews;
mod rules;
mod self_subject;
mod token;
mod token_request;

pub use reviews::{Reviewers, reviews};

#[cfg(test)]
mod tests;
