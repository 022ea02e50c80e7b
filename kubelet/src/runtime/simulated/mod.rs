//! A runtime in memory: containers without processes.

mod simulated_runtime;
mod state;

pub use simulated_runtime::SimulatedRuntime;
