//! Token Secrets of service accounts (upstream's `tokens-controller`): every account has one and lists
//! it, those that users make are filled, those of accounts that are gone are deleted.
//!
//! Upstream makes none by itself since v1.24. Clients of before, the conformance tests of v1.20 among them, wait until
//! `secrets` of an account is not empty, and nobody is harmed by one.

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::{TokenSecrets, Tokens};

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for Tokens {
    fn identity() -> Identity {
        Identity::account("tokens-controller")
    }

    fn make(_: &Setup) -> Self {
        Self
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
