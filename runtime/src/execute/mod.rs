//! From intents to commits.

mod event_book;
mod events;
mod executor;
mod identity;
mod request;
mod signer;

pub use executor::{Executor, Job};
pub use identity::Identity;
pub use request::{Addressing, address, request};
pub use signer::{IssuedToken, NoSigner, TokenSigner};
