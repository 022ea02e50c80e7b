//! The command line client: `kontiki kubectl …`, or the binary called as `kubectl`.
//!
//! It promises kubectl's verbs, flags, output and wording for what it knows, against any conformant API server, and
//! never ends the process itself.

mod cli;
mod command;
mod config;
mod context;
mod failure;
mod manifest;
mod print;
mod resolve;
mod run;
mod transport;

pub use failure::Failure;
pub use run::{run, run_in};
