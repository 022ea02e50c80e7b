//! `kontiki up`: the whole cluster in one process.

mod args;
mod client;
mod control_plane;
mod machine;
mod run;
mod signer;
mod steps;

pub use args::UpArgs;
pub use run::run;
