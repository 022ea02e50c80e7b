//! Validation of custom objects by their schema, in upstream's words.

mod embedded;
mod format;
mod join;
mod limits;
mod lists;
mod number;
mod value;

pub(in crate::custom) use value::{validate, validate_part};
