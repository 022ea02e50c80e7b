//! `kontiki bench`: the figures of docs/performance.md against this server or any other.

mod connection;
mod load;
mod process;
mod run;
mod table;

pub use run::{BenchArgs, run};
