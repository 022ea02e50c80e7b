//! For tests of reconcilers and of what runs them. Everything here may panic.

mod pair;

pub use pair::{pair, pair_with};
