//! `kontiki bench --only bombs`: requests that nobody means well, and what refusing them costs.

mod list;
mod measure;

pub use measure::measure;
