//! Quantities: `resource.Quantity`, exact to a billionth.

mod amount;
mod parse;
mod print;

pub use amount::{Format, Quantity};
pub use parse::QuantityError;
