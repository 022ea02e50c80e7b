//! `kontiki bench`: the figures of the API against this server or any other, and of the log, masters and fail-over.

mod account;
mod any_server;
mod bare;
mod bombs;
mod calm;
mod chunks;
mod cluster;
mod connection;
mod custom;
mod failover;
mod growth;
mod kinds;
mod load;
mod log;
mod masters;
mod peer;
mod process;
mod run;
mod table;
mod watcher;

pub use run::{BenchArgs, run};
