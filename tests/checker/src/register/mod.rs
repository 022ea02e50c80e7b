//! Registers: one value, read, written, compared and set.

mod call;
mod check;
mod search;
mod spans;
mod zones;

pub use call::Register;
pub use check::check_register;
