//! `kontiki bench`: the figures of the API against this server or any other.

mod connection;
mod load;
mod process;
mod run;
mod table;

pub use run::{BenchArgs, run};
