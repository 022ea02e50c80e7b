//! `kontiki up`: the whole cluster in one process.

mod addons;
mod api_flags;
mod args;
mod client;
mod components;
mod control_plane;
mod debug;
mod machine;
mod network;
mod node;
mod open_files;
mod port;
mod reconcilers;
mod run;
mod signer;
mod steps;
mod values;

pub use args::UpArgs;
pub(crate) use control_plane::write_private;
pub use reconcilers::{Control, Standby};
pub use run::run;
